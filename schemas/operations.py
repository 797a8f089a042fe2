"""What operators of the school see of its live side, and what they may do there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.envelope import Epoch
from schemas.presence import PresenceOut
from schemas.realtime import StreamName
from schemas.types import Id, In, Line, LongText, Name, Out, OutId


class ProcessKind(StrEnum):
    """What a process is for."""

    WEB = "web"
    WORKER = "worker"


class BusState(StrEnum):
    """Whether hints from the other instances arrive; `off` where no Redis is configured."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


Count = Annotated[int, Field(ge=0)]


class ProcessReport(Out):
    """One process: what it carries now, and what has happened since it started.

    `instance` groups the processes that share a listening socket; `id` is new with every start. Lags are in
    seconds, the longest of the last second.
    """

    id: str
    instance: str
    name: str
    kind: ProcessKind
    host: str
    pid: Count
    version: str
    started_at: AwareDatetime
    reported_at: AwareDatetime
    draining: bool
    sockets: Count
    feeds: Count
    streams: Count
    queue_bytes: Count
    bus: BusState
    bus_lag_s: Annotated[float, Field(ge=0)]
    loop_lag_s: Annotated[float, Field(ge=0)]
    events_delivered: Count
    events_replayed: Count
    gap_fill_events: Count
    probe_failures: Count
    evictions: Annotated[dict[str, int], Field(description="By cause.")]
    refusals: Annotated[dict[str, int], Field(description="Of what clients sent, by reason.")]
    resets: Annotated[dict[str, int], Field(description="By reason.")]


class TotalsOut(Out):
    """All processes together: sums, but for lags, of which it is the longest, and the bus, of which the worst."""

    processes: Count
    sockets: Count
    feeds: Count
    streams: Annotated[Count, Field(description="A stream followed at two processes counts twice.")]
    queue_bytes: Count
    bus: BusState
    bus_lag_s: float
    loop_lag_s: float
    events_delivered: Count
    events_replayed: Count
    gap_fill_events: Count
    probe_failures: Count
    evictions: dict[str, int]
    refusals: dict[str, int]
    resets: dict[str, int]


class FollowedOut(Out):
    """A stream, and how many connections follow it."""

    stream: StreamName
    followers: Count


class RealtimeOut(Out):
    """The live side just now. `answered` of the `asked` processes have said what is followed."""

    at: AwareDatetime
    totals: TotalsOut
    processes: list[ProcessReport]
    busiest: list[FollowedOut]
    asked: Count
    answered: Count


class HistoryQuery(In):
    """`from` is the first number to show; without it the newest `limit` events are shown."""

    start: Annotated[int | None, Field(alias="from", ge=1, le=2**53)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class StoredEventOut(Out):
    """An event as it is stored. `payload` is null where its reader may not read the stream, and when it was emptied."""

    seq: Count
    name: str
    id: OutId
    version: int | None
    actor_id: OutId | None
    at: AwareDatetime
    redacted: bool
    payload: dict[str, JsonValue] | None


class HistoryOut(Out):
    """A part of a stream, oldest first; `head` is the number of its last event."""

    stream: StreamName
    epoch: Epoch
    head: Count
    events: list[StoredEventOut]


class StreamPresenceOut(Out):
    """Who follows a stream just now; `presence` names the people where it is a course's room."""

    stream: StreamName
    followers: Count
    asked: Count
    answered: Count
    presence: PresenceOut | None


class PublishIn(In):
    """An announcement to a course on behalf of `source`, another system of the school."""

    course_id: Id
    title: Line
    content: LongText
    source: Name


class DisconnectIn(In):
    """Whose connections to close: those of a user, of a session, or one by the id that stands in the logs."""

    user_id: Id | None = None
    session_id: Id | None = None
    connection_id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12}$")] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> DisconnectIn:
        if len([one for one in (self.user_id, self.session_id, self.connection_id) if one is not None]) != 1:
            raise PydanticCustomError("exactly_one", "Give one of userId, sessionId and connectionId.")
        return self

    @property
    def target(self) -> str:
        """What is closed, as revocations and the audit name it."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        return f"session:{self.session_id}" if self.session_id is not None else f"connection:{self.connection_id}"


class UnsubscribeIn(In):
    """Whom to take out of which stream."""

    user_id: Id
    stream: StreamName
