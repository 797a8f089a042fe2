"""Whether a notification may leave the app by a channel at all, and why it may not."""

from __future__ import annotations

from models.accounts import User
from models.notifications import Notification, NotificationChoices
from schemas.notifications import Cadence, Channel
from services.notifications.kinds import LOCKED, SPEC_OF_KIND, cadence

OUTSIDE = (Channel.EMAIL, Channel.PUSH, Channel.SMS)


def way(
    user: User, choices: NotificationChoices | None, notification: Notification, channel: Channel
) -> tuple[Cadence, str | None]:
    """How it comes by the channel, and what stands against it; `never` needs no reason, it was chosen."""
    if SPEC_OF_KIND[notification.kind].everywhere:
        return Cadence.IMMEDIATE, _unreachable(user, channel)
    how = cadence(choices, notification.category, channel)
    if how is Cadence.NEVER:
        return how, "never"
    is_locked = (notification.category, channel) in LOCKED
    return how, _objection(user, choices, notification, channel) if not is_locked else _unreachable(user, channel)


def _objection(
    user: User, choices: NotificationChoices | None, notification: Notification, channel: Channel
) -> str | None:
    if not user.notification_preference:
        return "switched_off"
    if choices is not None and notification.course_id in choices.muted_courses and notification.course_id is not None:
        return "muted"
    if channel is Channel.SMS and not SPEC_OF_KIND[notification.kind].urgent:
        return "not_urgent"
    return _unreachable(user, channel)


def _unreachable(user: User, channel: Channel) -> str | None:
    if not user.is_active:
        return "inactive"
    if channel is Channel.EMAIL and user.email_verified_at is None:
        return "unverified"
    if channel is Channel.SMS and (user.phone_ct is None or user.phone_verified_at is None):
        return "unverified"
    return None
