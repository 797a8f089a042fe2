"""Join codes on the wire: what a teacher writes on the board."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.types import In, Out, OutId


class JoinCodeIn(In):
    """A new code; without `expiresInDays` it holds until it is replaced or removed."""

    expires_in_days: Annotated[int, Field(ge=1, le=365)] | None = None


class JoinCodeOut(Out):
    """The course's code, for its staff; null when it has none."""

    course_id: OutId
    code: str | None
    expires_at: AwareDatetime | None


class JoinIn(In):
    """A code as somebody typed it: case, spaces and hyphens do not count."""

    code: Annotated[str, Field(min_length=1, max_length=40)]
