"""Who is here, on the wire."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from schemas.types import Id, In, Out, OutId, UserRole

MAX_LISTED: Final = 200
"""Above so many people a room is a number, and nobody is named."""


class PresenceListIn(In):
    """Which course's room is asked about."""

    course_id: Id


class TypingIn(In):
    """`where` names the field, as the clients of the school agree: `announcement`, `thread:5`."""

    course_id: Id
    where: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._:-]{0,63}$")]


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
