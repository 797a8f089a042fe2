"""Who is here, on the wire."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.types import Id, In, Out, OutId, UserRole

MAX_LISTED: Final = 200
"""Above so many people a room is a number, and nobody is named."""


class PresenceListIn(In):
    """Which course's room is asked about."""

    course_id: Id


class TypingIn(In):
    """In a course's room, where `where` names the field as the clients of the school agree, or in a thread."""

    course_id: Id | None = None
    where: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._:-]{0,63}$")] | None = None
    thread_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> TypingIn:
        of_course = self.course_id is not None and self.where is not None and self.thread_id is None
        of_thread = self.thread_id is not None and self.course_id is None and self.where is None
        if not (of_course or of_thread):
            raise PydanticCustomError("one_place", "Give courseId and where, or threadId.")
        return self


class PresentOut(Out):
    """Someone who is here: what every member of the course may know of another, and not more."""

    id: OutId
    name: str
    role: UserRole
    since: AwareDatetime


class PresenceOut(Out):
    """Who follows a course's room just now, in the order in which they came; `people` is null above 200."""

    course_id: OutId
    count: int
    people: list[PresentOut] | None
