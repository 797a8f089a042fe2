"""Who is here, over REST."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.presence import PresenceOut
from services import presence
from services.permissions import Permission as P
from services.scopes import CourseScope


async def list_present(call: Call[CourseScope, None]) -> PresenceOut:
    """List who is in a course's room just now, or count them when they are more than 200."""
    return await presence.list_present(call.scope, await call.house.presence.read(str(call.scope.course.id)))


ROUTES = (
    Route("GET", "/courses/{course_id}/presence", list_present, PresenceOut, P.COURSE_FOLLOW, about="path.course_id"),
)
