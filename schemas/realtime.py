"""What clients say on a socket, and what they are told about streams."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from schemas.envelope import Position
from schemas.types import Id, In, Out

MAX_RESUMED_STREAMS = 64

StreamName = Annotated[str, Field(max_length=200)]
Resume = Annotated[dict[StreamName, JsonValue], Field(max_length=MAX_RESUMED_STREAMS)]
"""Stream to `[epoch, seq]` or `[epoch, seq, id of that event]`; a malformed position is reset, not refused."""


class ConnectIn(In):
    """The `auth` object of a CONNECT."""

    token: Annotated[str, Field(max_length=8192)]
    resume: Resume = Field(default_factory=dict)


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
