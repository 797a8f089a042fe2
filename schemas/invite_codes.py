"""Invite codes on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, field_validator
from pydantic_core import PydanticCustomError

from schemas.types import In, Out, OutId, UserRole

NEVER_BY_CODE = frozenset({UserRole.GUEST, UserRole.ADMIN})


class InviteCodeIn(In):
    """Which role, for how many people, and for how long."""

    role: UserRole
    uses: Annotated[int, Field(ge=1, le=1000)] = 1
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 14

    @field_validator("role")
    @classmethod
    def _can_be_given(cls, role: UserRole) -> UserRole:
        if role in NEVER_BY_CODE:
            raise PydanticCustomError("not_by_code", "No code makes an administrator or a guest.")
        return role


class InviteCodeOut(Out):
    """An invite code without the code."""

    invite_code_id: OutId
    role: UserRole
    uses: int
    used: int
    is_open: bool
    created_by: OutId
    created_at: AwareDatetime
    expires_at: AwareDatetime


class NewInviteCodeOut(InviteCodeOut):
    """The only answer that shows the code."""

    code: str
