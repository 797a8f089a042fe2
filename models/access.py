"""Roles and denials that people were given beside their primary role, and codes to begin with one."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import ScopeType, UserRole


class RoleAssignment(Record):
    """One role, or one denied permission, of one user in one place; `scope_id` is None for the whole system."""

    user_id: PydanticObjectId
    role: UserRole | None
    denies: str | None = None
    scope_type: ScopeType
    scope_id: PydanticObjectId | None
    granted_by: PydanticObjectId
    expires_at: AwareDatetime | None = None

    class Settings:
        name = "role_assignments"
        indexes: ClassVar = [
            IndexModel(
                [(name, ASCENDING) for name in ("user_id", "scope_type", "scope_id", "role", "denies")],
                name="of_user",  # signing in, and every door to something scoped
                unique=True,
            ),
            IndexModel([("scope_type", ASCENDING), ("scope_id", ASCENDING)], name="of_scope"),  # who is staff here
            IndexModel([("granted_by", ASCENDING), ("user_id", ASCENDING)], name="granted"),  # grants in a circle
        ]


class InviteCode(Record):
    """Lets so many people sign up with a role that is not open; only the hash of the code is stored."""

    code_hash: str
    role: UserRole
    uses: int
    used: int = 0
    expires_at: AwareDatetime
    created_by: PydanticObjectId
    revoked_at: AwareDatetime | None = None

    class Settings:
        name = "invite_codes"
        indexes: ClassVar = [
            IndexModel([("code_hash", ASCENDING)], name="code", unique=True),  # sign-up
            IndexModel([("created_at", DESCENDING)], name="newest"),
        ]
