"""Why somebody was told something, and by which ways it went to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from models.accounts import User
from models.deliveries import Delivery
from models.notifications import Notification, NotificationChoices
from schemas.deliveries import DeliveryState
from schemas.notifications import Cadence, Channel, ChannelOut, ReasonOut, WhyOut
from schemas.types import Locale
from services.errors import NotAuthenticated
from services.notifications.kinds import cadence
from services.notifications.scopes import NotificationScope
from services.notifications.wording import language_of
from services.permissions import Permission
from services.texts import say

TOLD: Final = "told"
OFF: Final = "off"
NOTHING: Final = "nothing"
NOT_WANTED: Final = frozenset({"inactive", "muted", "not_urgent", "read", "switched_off", "unverified", "withdrawn"})
"""Why something is held back, each with a text of its own."""


async def why(scope: NotificationScope, asked_language: str | None) -> WhyOut:
    """The reasons, in the caller's language, and each way that there is."""
    scope.require(Permission.NOTIFICATION_READ)
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    choices, language = await NotificationChoices.get(user.id), language_of(user, asked_language)
    rows = {row.channel: row async for row in Delivery.find({"notification_id": scope.notification.id})}
    ways = [_way(scope.notification, choices, one, language, rows.get(one)) for one in Channel]
    return WhyOut(reasons=list(_reasons(scope.notification, language)), channels=ways)


def _reasons(notification: Notification, language: Locale) -> Iterable[ReasonOut]:
    code = notification.reason
    yield ReasonOut(code=code, text=say(language, f"reason-{code.replace('_', '-')}"))


def _way(
    notification: Notification,
    choices: NotificationChoices | None,
    channel: Channel,
    language: Locale,
    delivery: Delivery | None,
) -> ChannelOut:
    chosen = cadence(choices, notification.category, channel)
    at: datetime | None = None
    if channel is Channel.IN_APP:
        state, at = TOLD, notification.created_at
    elif delivery is None:
        state = OFF if chosen is Cadence.NEVER else NOTHING
    else:
        state, at = delivery.state, delivery.sent_at or delivery.due_at
    text = say(language, _text_id(state, delivery))
    return ChannelOut(channel=channel, cadence=chosen, state=state, at=at, text=text)


def _text_id(state: str, delivery: Delivery | None) -> str:
    if state == DeliveryState.SUPPRESSED and delivery is not None and delivery.reason in NOT_WANTED:
        return f"way-{delivery.reason.replace('_', '-')}"
    return f"way-{state}"
