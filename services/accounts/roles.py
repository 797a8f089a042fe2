"""The roles that people hold beside their primary one, and what they are denied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from models.access import RoleAssignment, ScopeType
from models.accounts import User
from schemas.types import UserRole
from services.permissions import Grants, Permission


async def grants_of(user: User, at: datetime) -> Grants:
    """What counts for this user at this instant; an assignment that has expired does not."""
    rows = await RoleAssignment.find({"user_id": user.id}).to_list()
    alive = [row for row in rows if row.expires_at is None or row.expires_at > at]
    everywhere = [row for row in alive if row.scope_type is ScopeType.SYSTEM]
    return Grants(
        roles=_roles(everywhere),
        denied=frozenset(Permission(row.denies) for row in everywhere if row.denies is not None),
        scoped=_roles(row for row in alive if row.scope_type is not ScopeType.SYSTEM),
    )


def _roles(rows: Iterable[RoleAssignment]) -> frozenset[UserRole]:
    return frozenset(row.role for row in rows if row.role is not None)
