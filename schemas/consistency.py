"""What the nightly checks found, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from schemas.page import PageQuery
from schemas.types import Out


class FindingsQuery(PageQuery):
    """Which check's, and whether with those that are resolved by now."""

    check: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$", max_length=40)] | None = None
    resolved: bool = False


class FindingOut(Out):
    """Something that does not agree with something else: `subject` says where, `found` how."""

    check: str
    subject: str
    found: str
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    resolved_at: AwareDatetime | None
