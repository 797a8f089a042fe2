"""Administering accounts, on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError

from schemas.page import PageQuery
from schemas.types import In, Line, Out, OutId, UserRole, UserStatus

Search = Annotated[str, Field(min_length=1, max_length=254)]


def _is_stored(role: UserRole | None) -> UserRole | None:
    if role is UserRole.GUEST:
        raise PydanticCustomError("not_a_role", "A guest is a caller without an account.")
    return role


class UserSort(StrEnum):
    """The order of a list of accounts; a minus turns it round."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    NAME = "name"
    NAME_BACKWARDS = "-name"
    USERNAME = "username"
    USERNAME_BACKWARDS = "-username"


class UsersQuery(PageQuery):
    """`search` finds parts of names and usernames, whatever their case and accents, or one whole address."""

    role: UserRole | None = None
    status: UserStatus | None = None
    search: Search | None = None
    sort: UserSort = UserSort.NEWEST


class RoleIn(In):
    """The new primary role."""

    role: UserRole

    _stored = field_validator("role")(_is_stored)


class SuspendIn(In):
    """Why; the text goes to the audit log and to nobody else."""

    reason: Line | None = None


class ActivityOut(Out):
    """One line of the audit log, about an account or by it; `actorId` is null for what the house did itself."""

    id: OutId
    at: AwareDatetime
    action: str
    subject: str
    actor_id: OutId | None
    session_id: OutId | None
    ip_prefix: str
    request_id: str
    details: dict[str, JsonValue]
