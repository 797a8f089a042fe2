"""Operating the live side: what it does just now, what a stream has told, and putting an end to a connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from models.delivery import StoredEvent, StreamHead
from schemas.announcements import AnnouncementIn, AnnouncementOut
from schemas.operations import (
    BusState,
    DisconnectIn,
    FollowedOut,
    HistoryOut,
    HistoryQuery,
    ProcessReport,
    PublishIn,
    RealtimeOut,
    StoredEventOut,
    StreamPresenceOut,
    TotalsOut,
    UnsubscribeIn,
)
from schemas.presence import PresenceOut
from schemas.streams import Namespace, Room, parse_stream
from services.announcements.posting import post_announcement
from services.errors import NotFound
from services.event_log import REDACTED, read_epoch
from services.permissions import Permission
from services.ports import Attendance, Followed
from services.presence import present
from services.scopes import CourseScope, Scope, StreamScope, UserScope

OPERATE: Final = Permission.REALTIME_OPERATE
WORST: Final = (BusState.DOWN, BusState.UP, BusState.OFF)


def overview(scope: Scope, processes: Sequence[ProcessReport], followed: Followed) -> RealtimeOut:
    """Every process, all of them together, and the streams with the most followers."""
    scope.require(OPERATE)
    return RealtimeOut(
        at=scope.at,
        totals=_totals(processes),
        processes=list(processes),
        busiest=[FollowedOut(stream=name, followers=count) for name, count in followed.streams.items()],
        asked=followed.asked,
        answered=followed.answered,
    )


def _totals(processes: Sequence[ProcessReport]) -> TotalsOut:
    return TotalsOut(
        processes=len(processes),
        sockets=sum(one.sockets for one in processes),
        feeds=sum(one.feeds for one in processes),
        streams=sum(one.streams for one in processes),
        queue_bytes=sum(one.queue_bytes for one in processes),
        bus=min((one.bus for one in processes), key=WORST.index, default=BusState.OFF),
        bus_lag_s=max((one.bus_lag_s for one in processes), default=0.0),
        loop_lag_s=max((one.loop_lag_s for one in processes), default=0.0),
        events_delivered=sum(one.events_delivered for one in processes),
        events_replayed=sum(one.events_replayed for one in processes),
        gap_fill_events=sum(one.gap_fill_events for one in processes),
        probe_failures=sum(one.probe_failures for one in processes),
        evictions=_added(one.evictions for one in processes),
        refusals=_added(one.refusals for one in processes),
        resets=_added(one.resets for one in processes),
    )


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    together: Counter[str] = Counter()
    for count in counts:
        together.update(count)
    return dict(sorted(together.items()))


async def history(scope: StreamScope, query: HistoryQuery) -> HistoryOut:
    """A part of a stream as it is stored. What the caller could not follow is shown without its payloads."""
    scope.require(OPERATE)
    name = scope.stream.name
    counter = await StreamHead.get(name)
    head = counter.seq if counter else 0
    start = max(head - query.limit + 1, 1) if query.start is None else query.start
    first, behind = {"stream": name, "seq": start}, {"stream": name, "seq": start + query.limit}
    rows = await StoredEvent.find({"_id": {"$gte": first, "$lt": behind}}).sort("_id").to_list()
    events = [_stored(row, is_readable=scope.is_readable) for row in rows]
    return HistoryOut(stream=name, epoch=await read_epoch(), head=head, events=events)


def _stored(row: StoredEvent, *, is_readable: bool) -> StoredEventOut:
    is_redacted = row.payload == REDACTED
    return StoredEventOut(
        seq=row.id.seq,
        name=row.name,
        id=row.fact_id,
        version=row.object_version,
        actor_id=row.actor_id,
        at=row.at,
        redacted=is_redacted,
        payload=row.payload if is_readable and not is_redacted else None,
    )


async def stream_presence(scope: StreamScope, followed: Followed, seen: Attendance | None) -> StreamPresenceOut:
    """How many connections follow a stream, and, where it is a course's room, who they are."""
    scope.require(OPERATE)
    stream = scope.stream
    people = None
    if seen is not None:
        listed = None if seen.since is None else await present(seen.since)
        people = PresenceOut(course_id=stream.object_id, count=seen.count, people=listed)
    return StreamPresenceOut(
        stream=stream.name,
        followers=followed.streams.get(stream.name, 0),
        asked=followed.asked,
        answered=followed.answered,
        presence=people,
    )


def is_room(scope: StreamScope) -> bool:
    """Whether presence is kept of the stream."""
    return scope.stream.namespace is Namespace.COLLAB and scope.stream.room is Room.COURSE


async def publish(scope: CourseScope, draft: PublishIn) -> AnnouncementOut:
    """Announce on behalf of another system: an announcement like any other, and a note of where it came from."""
    scope.require(OPERATE)
    posted = await post_announcement(scope, AnnouncementIn(**draft.model_dump(exclude={"source"})))
    scope.unit.audit("realtime.published", f"announcement:{posted.announcement_id}", source=draft.source)
    return posted


def disconnect(scope: Scope, asked: DisconnectIn) -> None:
    """Close live connections on every instance. No right ends: clients come back by themselves, and may."""
    scope.require(OPERATE)
    scope.unit.revoke(f"disconnect:{asked.target}", "disconnected")
    scope.unit.audit("realtime.disconnected", asked.target)


def unsubscribe(scope: UserScope, asked: UnsubscribeIn) -> None:
    """Take someone out of a stream on every instance, until they watch it again: their rights stay as they are."""
    scope.require(OPERATE)
    if parse_stream(asked.stream) is None:
        raise NotFound
    scope.unit.revoke(f"unfollow:{scope.user.id}:{asked.stream}", "unsubscribed")
    scope.unit.audit("realtime.unsubscribed", f"user:{scope.user.id}", stream=asked.stream)
