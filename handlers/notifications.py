"""What people were told, over REST: the list, what is read of it, and how they want to be told."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.notifications import (
    NotificationOut,
    NotificationPreferencesIn,
    NotificationPreferencesOut,
    NotificationsQuery,
    NotificationsReadIn,
    NotificationsReadOut,
    NotificationSummaryOut,
    WhyOut,
)
from schemas.page import Page
from schemas.streams import Audience
from services.errors import NotificationLocked
from services.notifications import listing, preferences, reading, reasons, testing
from services.notifications.scopes import ChoicesScope, NotificationScope
from services.permissions import Permission as P
from services.scopes import Scope, UserScope


async def list_notifications(call: Call[UserScope, NotificationsQuery]) -> Page[NotificationOut]:
    """List one's own notifications, newest first."""
    return await listing.list_notifications(call.scope, call.input, call.caller.asked_language)


async def summarise_notifications(call: Call[UserScope, None]) -> NotificationSummaryOut:
    """Count one's unread notifications."""
    return await listing.summarise(call.scope)


async def read_notifications(call: Call[UserScope, NotificationsReadIn]) -> NotificationsReadOut:
    """Mark some of one's notifications as read, or one and all older ones; again changes nothing."""
    if call.input.before is not None:
        return await reading.read_before(call.scope, call.input.before)
    return await reading.read_these(call.scope, call.input.ids or [])


async def read_all_notifications(call: Call[UserScope, None]) -> NotificationsReadOut:
    """Mark all of one's notifications as read."""
    return await reading.read_all(call.scope)


async def explain_notification(call: Call[NotificationScope, None]) -> WhyOut:
    """Say why one was told this, and by which ways."""
    return await reasons.why(call.scope, call.caller.asked_language)


async def read_notification_preferences(call: Call[ChoicesScope, None]) -> NotificationPreferencesOut:
    """Read how one wants to be told."""
    return await preferences.read_preferences(call.scope)


async def update_notification_preferences(
    call: Call[ChoicesScope, NotificationPreferencesIn],
) -> NotificationPreferencesOut:
    """Choose how one wants to be told; what is left out stays."""
    return await preferences.update_preferences(call.scope, call.input)


async def test_notifications(call: Call[Scope, None]) -> DoneOut:
    """Tell oneself a test notification, by every way that there is."""
    await testing.tell_oneself(call.scope)
    return DoneOut()


LIST, PREFERENCES = "/notifications", "/notifications/preferences"
OWN, CHOICES = "caller.user_id", "caller.choices_of"
OWN_STREAM = (Audience.ONESELF,)

ROUTES = (
    Route(
        "GET",
        LIST,
        list_notifications,
        NotificationOut,
        P.NOTIFICATION_READ,
        query=NotificationsQuery,
        about=OWN,
        as_of=OWN_STREAM,
        listed=True,
    ),
    Route(
        "GET",
        "/notifications/summary",
        summarise_notifications,
        NotificationSummaryOut,
        P.NOTIFICATION_READ,
        about=OWN,
        as_of=OWN_STREAM,
    ),
    Route(
        "POST",
        "/notifications/read",
        read_notifications,
        NotificationsReadOut,
        P.NOTIFICATION_UPDATE,
        body=NotificationsReadIn,
        about=OWN,
        example={"ids": ["65f0a1b2c3d4e5f60718293a"]},
    ),
    Route(
        "POST",
        "/notifications/read-all",
        read_all_notifications,
        NotificationsReadOut,
        P.NOTIFICATION_UPDATE,
        about=OWN,
    ),
    Route(
        "GET",
        "/notifications/{notification_id}/why",
        explain_notification,
        WhyOut,
        P.NOTIFICATION_READ,
        about="path.notification_id",
    ),
    Route(
        "GET",
        PREFERENCES,
        read_notification_preferences,
        NotificationPreferencesOut,
        P.NOTIFICATION_READ,
        about=CHOICES,
    ),
    Route(
        "PUT",
        PREFERENCES,
        update_notification_preferences,
        NotificationPreferencesOut,
        P.NOTIFICATION_UPDATE,
        body=NotificationPreferencesIn,
        about=CHOICES,
        example={
            "cadences": {"announcements": {"email": "never"}},
            "quietHours": {"from": "22:00", "until": "07:00"},
            "enabled": True,
        },
        raises=(NotificationLocked,),
    ),
    Route("POST", "/admin/notifications/test", test_notifications, DoneOut, P.NOTIFICATION_TEST),
)
