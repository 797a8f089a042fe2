"""Webhooks over REST, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.page import Page, PageQuery
from schemas.webhooks import WebhookDeliveryOut, WebhookIn, WebhookMadeOut, WebhookOut
from services import webhooks
from services.notifications.delivery_errors import TooManyWebhooks
from services.notifications.scopes import WebhookScope
from services.permissions import Permission as P
from services.scopes import Scope


async def list_webhooks(call: Call[Scope, PageQuery]) -> Page[WebhookOut]:
    """List the addresses that are told what happens, newest first, without their secrets."""
    return await webhooks.list_all(call.scope, call.input)


async def make_webhook(call: Call[Scope, WebhookIn]) -> WebhookMadeOut:
    """Have an address told of events; its secret is shown in this answer and never again."""
    return await webhooks.register(call.scope, call.input)


async def rotate_webhook(call: Call[WebhookScope, None]) -> WebhookMadeOut:
    """Sign with a new secret; the one before counts beside it for a day."""
    return webhooks.rotate(call.scope)


async def enable_webhook(call: Call[WebhookScope, None]) -> WebhookOut:
    """Tell an address again that was given up."""
    return webhooks.enable(call.scope)


async def delete_webhook(call: Call[WebhookScope, None]) -> DoneOut:
    """Tell an address nothing any more."""
    webhooks.remove(call.scope)
    return DoneOut()


async def list_webhook_deliveries(call: Call[WebhookScope, PageQuery]) -> Page[WebhookDeliveryOut]:
    """List what an address was told in the last 30 days, and what it answered, newest first."""
    return await webhooks.deliveries(call.scope, call.input)


BASE = "/admin/webhooks"
ONE = f"{BASE}/{{webhook_id}}"
ABOUT = "path.webhook_id"
EXAMPLE: Mapping[str, JsonValue] = {
    "url": "https://system.example/hooks/school",
    "events": ["announcement.posted", "course.updated"],
}

ROUTES = (
    Route("GET", BASE, list_webhooks, WebhookOut, P.WEBHOOK_MANAGE, query=PageQuery, listed=True),
    Route(
        "POST",
        BASE,
        make_webhook,
        WebhookMadeOut,
        P.WEBHOOK_MANAGE,
        body=WebhookIn,
        status=HTTPStatus.CREATED,
        example=EXAMPLE,
        stored=False,
        step_up=True,
        raises=(TooManyWebhooks,),
    ),
    Route(
        "POST",
        f"{ONE}/secret",
        rotate_webhook,
        WebhookMadeOut,
        P.WEBHOOK_MANAGE,
        about=ABOUT,
        stored=False,
        step_up=True,
    ),
    Route("POST", f"{ONE}/enable", enable_webhook, WebhookOut, P.WEBHOOK_MANAGE, about=ABOUT),
    Route("DELETE", ONE, delete_webhook, DoneOut, P.WEBHOOK_MANAGE, about=ABOUT),
    Route(
        "GET",
        f"{ONE}/deliveries",
        list_webhook_deliveries,
        WebhookDeliveryOut,
        P.WEBHOOK_MANAGE,
        query=PageQuery,
        about=ABOUT,
        listed=True,
    ),
)
