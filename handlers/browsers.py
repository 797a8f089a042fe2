"""Browsers that take notifications, over REST."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from handlers.call import Call, Gate, Route
from schemas.accounts import DoneOut
from schemas.page import Page, PageQuery
from schemas.push import PushKeyOut, PushSubscriptionIn, PushSubscriptionOut
from services.notifications import browsers
from services.notifications.delivery_errors import PushUnavailable
from services.notifications.scopes import PushSubscriptionScope
from services.permissions import Permission as P
from services.scopes import Scope


async def read_push_key(call: Call[Scope, None]) -> PushKeyOut:
    """Say what browsers subscribe with."""
    return PushKeyOut(public_key=call.house.push_key)


async def list_browsers(call: Call[Scope, PageQuery]) -> Page[PushSubscriptionOut]:
    """List one's own browsers that take notifications, newest first."""
    return await browsers.list_own(call.scope, call.input)


async def subscribe_browser(call: Call[Scope, PushSubscriptionIn]) -> PushSubscriptionOut:
    """Have this browser told of what its owner chose to hear by push."""
    if call.house.push_key is None:
        raise PushUnavailable
    return await browsers.subscribe(call.scope, call.input, call.caller.device.user_agent)


async def forget_browser(call: Call[PushSubscriptionScope, None]) -> DoneOut:
    """Tell this browser nothing any more."""
    browsers.unsubscribe(call.scope)
    return DoneOut()


BASE = "/notifications/push"
SUBSCRIPTIONS = f"{BASE}/subscriptions"
EXAMPLE: Mapping[str, JsonValue] = {
    "endpoint": "https://push.example/send/3f0c9a",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}

ROUTES = (
    Route("GET", f"{BASE}/key", read_push_key, PushKeyOut, Gate.SIGNED_IN),
    Route("GET", SUBSCRIPTIONS, list_browsers, PushSubscriptionOut, Gate.SIGNED_IN, query=PageQuery, listed=True),
    Route(
        "POST",
        SUBSCRIPTIONS,
        subscribe_browser,
        PushSubscriptionOut,
        Gate.SIGNED_IN,
        body=PushSubscriptionIn,
        status=HTTPStatus.CREATED,
        example=EXAMPLE,
        raises=(PushUnavailable,),
    ),
    Route(
        "DELETE",
        f"{SUBSCRIPTIONS}/{{push_subscription_id}}",
        forget_browser,
        DoneOut,
        P.USER_UPDATE_SELF,
        about="path.push_subscription_id",
    ),
)
