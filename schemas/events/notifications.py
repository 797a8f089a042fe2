"""Facts about what one person was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import AwareDatetime

from schemas.events.base import Event, EventSpec
from schemas.notifications import Category, NotificationKind
from schemas.streams import Audience


class NotificationNew(Event):
    """The user was told something; `type` is its kind, and `unread` the count right after it.

    Whatever is taken back (`subject`) is emptied here, too.
    """

    notification_id: str
    user_id: str
    type: NotificationKind
    category: Category
    subject: str
    facts: Mapping[str, str]
    link: str
    course_id: str | None
    actor_id: str | None
    created_at: AwareDatetime
    unread: int


class NotificationsRead(Event):
    """The user has read these, or the one named by `before` and all older ones; `unread` is the count right after."""

    user_id: str
    ids: Sequence[str] | None = None
    before: str | None = None
    unread: int


class NotificationsWithdrawn(Event):
    """What these told was taken back: they are gone; `unread` is the count right after."""

    user_id: str
    ids: Sequence[str]
    unread: int


EVENTS = (
    EventSpec(NotificationNew, "notification.new", 1, Audience.ONESELF, "{subject}"),
    EventSpec(NotificationsRead, "notification.read", 1, Audience.ONESELF, "user:{user_id}"),
    EventSpec(NotificationsWithdrawn, "notification.withdrawn", 1, Audience.ONESELF, "user:{user_id}"),
)
