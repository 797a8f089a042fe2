"""Operating the live side over REST: for administrators, and for other systems of the school."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.announcements import AnnouncementOut
from schemas.operations import (
    DisconnectIn,
    HistoryOut,
    HistoryQuery,
    PublishIn,
    RealtimeOut,
    StreamPresenceOut,
    UnsubscribeIn,
)
from services import operations
from services.permissions import Permission as P
from services.scopes import CourseScope, Scope, StreamScope, UserScope

BUSIEST = 20


async def read_realtime(call: Call[Scope, None]) -> RealtimeOut:
    """Show every process of the live side, all of them together, and the busiest streams."""
    house = call.house
    return operations.overview(call.scope, await house.reports.read(), await house.followers.busiest(BUSIEST))


async def read_history(call: Call[StreamScope, HistoryQuery]) -> HistoryOut:
    """Show a part of what a stream has told; what was taken back stays empty."""
    return await operations.history(call.scope, call.input)


async def read_presence(call: Call[StreamScope, None]) -> StreamPresenceOut:
    """Count who follows a stream just now, and name them where it is a course's room."""
    followed = await call.house.followers.of(call.scope.stream.name)
    stream = call.scope.stream
    seen = await call.house.presence.read(stream.object_id) if operations.is_room(call.scope) else None
    return await operations.stream_presence(call.scope, followed, seen)


async def publish(call: Call[CourseScope, PublishIn]) -> AnnouncementOut:
    """Announce to a course on behalf of another system of the school."""
    return await operations.publish(call.scope, call.input)


async def disconnect(call: Call[Scope, DisconnectIn]) -> DoneOut:
    """Close the live connections of a user or a session, or one of them; they may come back."""
    operations.disconnect(call.scope, call.input)
    return DoneOut()


async def unsubscribe(call: Call[UserScope, UnsubscribeIn]) -> DoneOut:
    """Take a user out of a stream until they watch it again."""
    operations.unsubscribe(call.scope, call.input)
    return DoneOut()


ANNOUNCED = {
    "courseId": "{course_id}",
    "source": "Timetable",
    "title": "Room change",
    "content": "Tomorrow we meet in room 12.",
}
BASE = "/admin/realtime"
STREAM = f"{BASE}/streams/{{stream}}"

ROUTES = (
    Route("GET", BASE, read_realtime, RealtimeOut, P.REALTIME_OPERATE),
    Route(
        "GET",
        f"{STREAM}/history",
        read_history,
        HistoryOut,
        P.REALTIME_OPERATE,
        query=HistoryQuery,
        about="path.stream",
    ),
    Route("GET", f"{STREAM}/presence", read_presence, StreamPresenceOut, P.REALTIME_OPERATE, about="path.stream"),
    Route(
        "POST",
        f"{BASE}/publish",
        publish,
        AnnouncementOut,
        P.REALTIME_OPERATE,
        body=PublishIn,
        about="body.course_id",
        status=HTTPStatus.CREATED,
        example=ANNOUNCED,
    ),
    Route(
        "POST",
        f"{BASE}/disconnect",
        disconnect,
        DoneOut,
        P.REALTIME_OPERATE,
        body=DisconnectIn,
        example={"connectionId": "0f1e2d3c4b5a"},
    ),
    Route(
        "POST",
        f"{BASE}/unsubscribe",
        unsubscribe,
        DoneOut,
        P.REALTIME_OPERATE,
        body=UnsubscribeIn,
        about="body.user_id",
        example={"userId": "{user_id}", "stream": "announcements/course:65f0a1b2c3d4e5f60718293a"},
    ),
)
