"""The roles that people hold beside their primary one, and what they are denied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from beanie import PydanticObjectId

from models.access import RoleAssignment
from models.accounts import User
from schemas.types import ScopeType, UserRole
from services.permissions import Grants, Permission, names_of

RIGHTS_CHANGED: Final = "rights_changed"
"""Why a user's older tokens are void although the session goes on: the client refreshes."""


@dataclass(frozen=True, slots=True)
class Local:
    """What somebody holds and is denied in one place."""

    roles: frozenset[UserRole] = frozenset()
    denied: frozenset[Permission] = frozenset()


NOTHING: Final = Local()


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account may do just now."""

    role: UserRole
    permission_version: int
    grants: Grants


def alive(at: datetime) -> Mapping[str, object]:
    """Those assignments that have not expired."""
    return {"$or": [{"expires_at": None}, {"expires_at": {"$gt": at}}]}


async def grants_of(user: User, at: datetime) -> Grants:
    """What counts for this user at this instant; an assignment that has expired does not."""
    rows = await RoleAssignment.find({"user_id": user.id, **alive(at)}).to_list()
    everywhere = [row for row in rows if row.scope_type is ScopeType.SYSTEM]
    somewhere = [row for row in rows if row.scope_type is not ScopeType.SYSTEM]
    return Grants(
        roles=_roles(everywhere),
        denied=_denied(everywhere),
        scoped=_roles(somewhere),
        limited=_denied(somewhere),
        until=min((row.expires_at.timestamp() for row in rows if row.expires_at is not None), default=None),
    )


async def rights_of(user_id: str, at: datetime) -> Rights | None:
    """Role and grants of an account as they are now; None when it may not be used any more."""
    user = await User.get(PydanticObjectId(user_id))
    if user is None or not user.is_active:
        return None
    return Rights(user.role, user.permission_version, await grants_of(user, at))


async def held_here(
    user_id: PydanticObjectId, scope_type: ScopeType, scope_id: PydanticObjectId, at: datetime
) -> Local:
    """What counts for this user in this one place."""
    where = {"user_id": user_id, "scope_type": scope_type, "scope_id": scope_id, **alive(at)}
    rows = await RoleAssignment.find(where).to_list()
    return Local(_roles(rows), _denied(rows))


async def held_in(user_id: PydanticObjectId, scope_type: ScopeType, at: datetime) -> dict[PydanticObjectId, Local]:
    """What counts for this user in places of one kind, by place."""
    rows = await RoleAssignment.find({"user_id": user_id, "scope_type": scope_type, **alive(at)}).to_list()
    found: dict[PydanticObjectId, list[RoleAssignment]] = defaultdict(list)
    for row in rows:
        if row.scope_id is not None:
            found[row.scope_id].append(row)
    return {scope_id: Local(_roles(some), _denied(some)) for scope_id, some in found.items()}


def _roles(rows: Iterable[RoleAssignment]) -> frozenset[UserRole]:
    return frozenset(row.role for row in rows if row.role is not None)


def _denied(rows: Iterable[RoleAssignment]) -> frozenset[Permission]:
    return names_of(row.denies for row in rows if row.denies is not None)
