"""Live events over REST: server-sent events, for readers without WebSocket."""

from __future__ import annotations

from functools import partial

from handlers.call import Call, Gate, Live, Route
from schemas.realtime import FeedQuery, FeedTopicsQuery
from schemas.streams import Topic
from services.errors import NotAuthenticated
from services.ports import FeedRequest
from services.scopes import Scope


async def follow(call: Call[Scope, FeedTopicsQuery]) -> Live:
    """Follow several topics in one stream."""
    return _feed(call, call.input.asked)


async def follow_notifications(call: Call[Scope, FeedQuery]) -> Live:
    """Follow announcements, courses and memberships."""
    return _feed(call, frozenset({Topic.NOTIFICATIONS}))


async def follow_assignments(call: Call[Scope, FeedQuery]) -> Live:
    """Follow assignments, submissions and grades."""
    return _feed(call, frozenset({Topic.ASSIGNMENTS}))


async def follow_progress(call: Call[Scope, FeedQuery]) -> Live:
    """Follow progress in courses."""
    return _feed(call, frozenset({Topic.PROGRESS}))


def _feed(call: Call[Scope, FeedTopicsQuery] | Call[Scope, FeedQuery], topics: frozenset[Topic]) -> Live:
    if call.caller.claims is None:
        raise NotAuthenticated
    asked = FeedRequest(
        claims=call.caller.claims,
        topics=topics,
        course_id=call.input.course_id,
        cursor=call.caller.cursor or call.input.cursor,
        language=call.caller.language,
        address=call.caller.address,
    )
    return Live(partial(call.house.feed.serve, asked))


ROUTES = (
    Route("GET", "/events", follow, None, Gate.SIGNED_IN, query=FeedTopicsQuery, streams=True),
    Route("GET", "/events/notifications", follow_notifications, None, Gate.SIGNED_IN, query=FeedQuery, streams=True),
    Route("GET", "/events/assignments", follow_assignments, None, Gate.SIGNED_IN, query=FeedQuery, streams=True),
    Route("GET", "/events/course-progress", follow_progress, None, Gate.SIGNED_IN, query=FeedQuery, streams=True),
)
