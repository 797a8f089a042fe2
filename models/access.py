"""Roles and denials that people were given beside their primary role."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel

from models.base import Record
from schemas.types import UserRole


class ScopeType(StrEnum):
    """Where an assignment counts; `user` is the mentee of a mentor."""

    SYSTEM = "system"
    COURSE = "course"
    OFFERING = "offering"
    COHORT = "cohort"
    USER = "user"
    SESSION = "session"


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
        ]
