"""Roles and denials beside the primary role, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.types import Id, In, Out, OutId, ScopeType, UserRole


class AssignmentIn(In):
    """A role, or the denial of one permission, and where it counts; without `expiresAt` for good."""

    role: UserRole | None = None
    denies: Annotated[str, Field(max_length=60, examples=["message.send"])] | None = None
    scope_type: ScopeType
    scope_id: Id | None = None
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> AssignmentIn:
        if (self.role is None) == (self.denies is None):
            raise PydanticCustomError("role_or_denies", "Give either role or denies.")
        if (self.scope_type is ScopeType.SYSTEM) != (self.scope_id is None):
            raise PydanticCustomError("scope_id", "Every scope but system has a scopeId.")
        return self


class AssignmentOut(Out):
    """What somebody holds, or is denied, beside the primary role."""

    assignment_id: OutId
    user_id: OutId
    role: UserRole | None
    denies: str | None
    scope_type: ScopeType
    scope_id: OutId | None
    granted_by: OutId
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    has_expired: bool


class HeldOut(Out):
    """One permission of a role: all its reaches, of which one is enough."""

    permission: str
    reaches: list[str]


class RoleOut(Out):
    """A role: what it holds, and in which scopes it can be given beside the primary role."""

    role: UserRole
    inherits: UserRole | None
    permissions: list[HeldOut]
    scopes: list[ScopeType]


class RolesOut(Out):
    """The whole table of roles, and the names of all permissions."""

    roles: list[RoleOut]
    permissions: list[str]
