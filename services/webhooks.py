"""Telling other systems what happens in the school, signed as Standard Webhooks say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.webhooks import Webhook, WebhookDelivery
from schemas.envelope import FieldError
from schemas.events import DURABLE
from schemas.page import Page, PageQuery, page_of
from schemas.streams import Audience
from schemas.webhooks import WebhookDeliveryOut, WebhookIn, WebhookMadeOut, WebhookOut
from services.crypto import Keyring
from services.errors import InvalidInput
from services.notifications.delivery_errors import TooManyWebhooks
from services.notifications.scopes import WebhookScope
from services.permissions import Permission
from services.scopes import Scope

AT_MOST: Final = 20
BOTH_COUNT_FOR: Final = timedelta(days=1)
SECRET_BYTES: Final = 32
OF_THE_SCHOOL: Final = frozenset({Audience.SCHOOL, Audience.COURSE, Audience.COURSE_STAFF, Audience.MEMBER_AND_STAFF})
TOLD: Final = frozenset(spec.name for spec in DURABLE if spec.audience in OF_THE_SCHOOL)
"""What can be told: events of courses and of the school; what one person alone is told is nobody else's."""


async def register(scope: Scope, draft: WebhookIn) -> WebhookMadeOut:
    """Tell this address from now on; its secret is shown in this answer and never again."""
    scope.require(Permission.WEBHOOK_MANAGE)
    if unknown := sorted(set(draft.events) - TOLD):
        message = f"No such events: {', '.join(unknown)}. There are: {', '.join(sorted(TOLD))}."
        raise InvalidInput(fields=[FieldError(path="events", code="unknown_event", message=message)])
    if await Webhook.find({"deleted_at": None}).count() >= AT_MOST:
        raise TooManyWebhooks(limit=AT_MOST)
    webhook_id, secret = PydanticObjectId(), new_secret()
    webhook = Webhook(
        id=webhook_id,
        created_at=scope.at,
        updated_at=scope.at,
        url=draft.url,
        events=tuple(sorted(set(draft.events))),
        secret_ct=scope.keys.fields.seal(secret, *_place(webhook_id, "secret")),
    )
    scope.unit.insert(webhook)
    scope.unit.audit("webhook.created", f"webhook:{webhook_id}", events=", ".join(webhook.events))
    return _made(webhook, secret)


async def list_all(scope: Scope, query: PageQuery) -> Page[WebhookOut]:
    """Every webhook, newest first."""
    scope.require(Permission.WEBHOOK_MANAGE)
    found = Webhook.find({"deleted_at": None})
    total = await found.count()
    rows = await found.sort("-created_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([_out(one) for one in rows], query, total)


def rotate(scope: WebhookScope) -> WebhookMadeOut:
    """Sign with a new secret; for a day every call also carries the signature of the one before."""
    scope.require(Permission.WEBHOOK_MANAGE)
    webhook, secret = scope.webhook, new_secret()
    before = scope.keys.fields.open(webhook.secret_ct, *_place(webhook.id, "secret"))
    scope.unit.change(
        webhook,
        secret_ct=scope.keys.fields.seal(secret, *_place(webhook.id, "secret")),
        previous_ct=scope.keys.fields.seal(before, *_place(webhook.id, "previous")),
        previous_until=scope.at + BOTH_COUNT_FOR,
    )
    scope.unit.audit("webhook.rotated", f"webhook:{webhook.id}")
    return _made(webhook, secret)


def enable(scope: WebhookScope) -> WebhookOut:
    """Tell the address again what happens from now on."""
    scope.require(Permission.WEBHOOK_MANAGE)
    if scope.webhook.disabled_at is not None:
        scope.unit.change(scope.webhook, disabled_at=None)
        scope.unit.audit("webhook.enabled", f"webhook:{scope.webhook.id}")
    return _out(scope.webhook)


def remove(scope: WebhookScope) -> None:
    """Tell the address nothing any more."""
    scope.require(Permission.WEBHOOK_MANAGE)
    scope.unit.change(scope.webhook, deleted_at=scope.at)
    scope.unit.audit("webhook.deleted", f"webhook:{scope.webhook.id}")


async def deliveries(scope: WebhookScope, query: PageQuery) -> Page[WebhookDeliveryOut]:
    """What the address was told, newest first; kept for 30 days."""
    scope.require(Permission.WEBHOOK_MANAGE)
    found = WebhookDelivery.find({"webhook_id": scope.webhook.id})
    total = await found.count()
    rows = await found.sort("-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([WebhookDeliveryOut.model_validate(one) for one in rows], query, total)


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def secrets_of(webhook: Webhook, keys: Keyring, at: datetime) -> Sequence[str]:
    """The secret, and for a day the one before it."""
    found = [keys.fields.open(webhook.secret_ct, *_place(webhook.id, "secret"))]
    if webhook.previous_ct is not None and webhook.previous_until is not None and at < webhook.previous_until:
        found.append(keys.fields.open(webhook.previous_ct, *_place(webhook.id, "previous")))
    return found


def signed(fact_id: str, at: datetime, body: bytes, secrets_: Sequence[str]) -> dict[str, str]:
    """The headers of a call: `id.timestamp.body` under each secret that counts."""
    stamp = str(int(at.timestamp()))
    message = f"{fact_id}.{stamp}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets_]
    signatures = [base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": fact_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        "Content-Type": "application/json",
    }


def _place(webhook_id: PydanticObjectId, field: str) -> tuple[str, str, str]:
    return "webhooks", str(webhook_id), field


def _out(webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        webhook_id=webhook.id,
        url=webhook.url,
        events=list(webhook.events),
        created_at=webhook.created_at,
        disabled_at=webhook.disabled_at,
        previous_secret_until=webhook.previous_until,
    )


def _made(webhook: Webhook, secret: str) -> WebhookMadeOut:
    return WebhookMadeOut.model_validate({**_out(webhook).model_dump(), "secret": secret})
