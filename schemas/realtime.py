"""What clients say on a socket, and what they are told about streams."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, JsonValue, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.envelope import Epoch, FieldError, Position
from schemas.streams import Topic
from schemas.types import Id, In, Out, OutId, UserRole

MAX_RESUMED_STREAMS = 64

StreamName = Annotated[str, Field(max_length=200)]
Resume = Annotated[dict[StreamName, JsonValue], Field(max_length=MAX_RESUMED_STREAMS)]
"""Stream to `[epoch, seq]` or `[epoch, seq, id of that event]`; a malformed position is reset, not refused."""


class ConnectIn(In):
    """The `auth` object of a CONNECT. Pages of our own may leave out the token: then the session's cookie counts."""

    token: Annotated[str, Field(max_length=8192)] = ""
    resume: Resume = Field(default_factory=dict)


class FeedQuery(In):
    """`cursor` is for the first request; later ones carry it as Last-Event-ID. `courseId` narrows to one course."""

    course_id: Id | None = None
    cursor: Annotated[str, Field(max_length=16_000, json_schema_extra={"pattern": "^[A-Za-z0-9_-]*$"})] | None = None


class FeedTopicsQuery(FeedQuery):
    """`topics` is a list with commas: notifications, assignments, progress; all of them when left out."""

    topics: Annotated[str, Field(max_length=100)] | None = None

    @field_validator("topics")
    @classmethod
    def _are_known(cls, value: str | None) -> str | None:
        unknown = set((value or "").split(",")) - {*Topic, ""}
        if unknown:
            raise PydanticCustomError("unknown_topic", "Topics are notifications, assignments and progress.")
        return value

    @property
    def asked(self) -> frozenset[Topic]:
        return frozenset(Topic(name) for name in (self.topics or "").split(",") if name) or frozenset(Topic)


class CourseWatchIn(In):
    """Follow one course or several, from where `resume` says or from now."""

    course_id: Id | None = None
    course_ids: Annotated[list[Id], Field(min_length=1, max_length=100)] | None = None
    resume: Resume = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_both(self) -> CourseWatchIn:
        if (self.course_id is None) == (self.course_ids is None):
            raise PydanticCustomError("course_or_courses", "Give either courseId or courseIds.")
        return self

    @property
    def courses(self) -> list[str]:
        return self.course_ids or [self.course_id or ""]


class CourseUnwatchIn(In):
    """Stop following a course in this namespace."""

    course_id: Id


class SyncIn(In):
    """Go on with a stream from this position: after a gap, or after loading a snapshot."""

    stream: StreamName
    epoch: Annotated[str, Field(max_length=100)]
    seq: Annotated[int, Field(ge=0)]


class RefreshAuthIn(In):
    """A fresh access token of the same session, for the connection that is open."""

    token: Annotated[str, Field(max_length=8192)]


class StreamsOut(Out):
    """Where delivery starts, by stream."""

    streams: dict[str, Position]


class ExpiryOut(Out):
    """When the connection's token expires, in seconds since 1970."""

    expires_at: float


class ResetReason(StrEnum):
    """Why a client must load the snapshot again."""

    MALFORMED = "malformed"
    UNKNOWN_STREAM = "unknown_stream"
    NOT_PERMITTED = "not_permitted"
    WRONG_EPOCH = "wrong_epoch"
    FROM_THE_FUTURE = "from_the_future"
    TOO_FAR_BEHIND = "too_far_behind"
    TOO_OLD = "too_old"
    RESTORED = "restored"
    UNAVAILABLE = "unavailable"


class ResumedOut(Out):
    """A replay has ended: the events behind `from`, up to `to`, have been sent, and the stream is live."""

    stream: StreamName
    epoch: Epoch
    start: Annotated[int, Field(alias="from", ge=0)]
    to: Annotated[int, Field(ge=0)]


class ResetOut(Out):
    """Continuity cannot be proven: load the snapshot, and go on from its `asOf`."""

    stream: StreamName
    reason: ResetReason


class RightsOut(Out):
    """Rights have changed: `left` are the streams that do not arrive any more, `ended` why the session is over.

    `role` and `permissions`, all that the user holds somewhere, come when an administrator has changed them; the
    connection goes on, and the access token that it began with is to be refreshed.
    """

    left: list[StreamName] | None = None
    ended: str | None = None
    role: UserRole | None = None
    permissions: list[str] | None = None


class ReconnectOut(Out):
    """The process is about to end and closes the connection in `inMs`; come back then, and resume."""

    in_ms: Annotated[int, Field(ge=0)]


class RefusalOut(Out):
    """A refusal in an ack, in `connect_error`, or inside a stream of events; `retryAfter` in seconds."""

    code: str
    message: str
    status: int
    category: str
    retryable: bool
    fields: list[FieldError]
    request_id: str
    retry_after: Annotated[float | None, Field(ge=0)] = None


class NumberedOut(Out):
    """What every numbered event carries beside its payload; `_mutation` reaches its writer only."""

    stream: Annotated[StreamName, Field(alias="_stream")]
    seq: Annotated[int, Field(alias="_seq", ge=1)]
    epoch: Annotated[Epoch, Field(alias="_epoch")]
    at: Annotated[AwareDatetime, Field(alias="_at")]
    id: Annotated[OutId, Field(alias="_id")]
    version: Annotated[int | None, Field(alias="_version")]
    mutation: Annotated[str, Field(alias="_mutation", examples=["3f0c2b52-room-change"])] = ""


class EphemeralOut(Out):
    """What every event without a number carries beside its payload: where it was told."""

    stream: Annotated[StreamName, Field(alias="_stream")]


class RedactedOut(Out):
    """What is left of an event whose object was taken back."""

    redacted: Annotated[Literal[True], Field(alias="_redacted")]


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """Something that is told without a number, on every namespace that it concerns; it may be lost."""

    name: str
    payload: type[Out]


NOTICES: Final = (
    NoticeSpec("sync.ok", ResumedOut),
    NoticeSpec("sync.reset", ResetOut),
    NoticeSpec("auth.expiring", ExpiryOut),
    NoticeSpec("session.permissions", RightsOut),
    NoticeSpec("sys.reconnect", ReconnectOut),
)

FEED_NOTICES: Final = (*NOTICES, NoticeSpec("sys.error", RefusalOut))
"""What readers of server-sent events are told besides: a refusal, because their status was sent long ago."""
