"""Why somebody was told something, and by which ways it went to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.accounts import User
from models.notifications import Notification, NotificationChoices
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
STATES: Final = frozenset({TOLD, OFF, NOTHING, "queued", "held", "sent", "failed", "suppressed"})
"""What a way can have come to, each with a text; any other is said in general words."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a notification outside the app."""

    channel: Channel
    state: str
    at: datetime | None


async def why(scope: NotificationScope, asked_language: str | None, delivered: Sequence[Delivered] = ()) -> WhyOut:
    """The reasons, in the caller's language, and each way that there is."""
    scope.require(Permission.NOTIFICATION_READ)
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    choices, language = await NotificationChoices.get(user.id), language_of(user, asked_language)
    ways = [_way(scope.notification, choices, one, language, delivered) for one in Channel]
    return WhyOut(reasons=list(_reasons(scope.notification, language)), channels=ways)


def _reasons(notification: Notification, language: Locale) -> Iterable[ReasonOut]:
    code = notification.reason
    yield ReasonOut(code=code, text=say(language, f"reason-{code.replace('_', '-')}"))


def _way(
    notification: Notification,
    choices: NotificationChoices | None,
    channel: Channel,
    language: Locale,
    delivered: Sequence[Delivered],
) -> ChannelOut:
    chosen = cadence(choices, notification.category, channel)
    known = [Delivered(Channel.IN_APP, TOLD, notification.created_at), *delivered]
    nothing = Delivered(channel, OFF if chosen is Cadence.NEVER else NOTHING, None)
    found = next((one for one in known if one.channel is channel), nothing)
    text = say(language, f"way-{found.state if found.state in STATES else 'other'}")
    return ChannelOut(channel=channel, cadence=chosen, state=found.state, at=found.at, text=text)
