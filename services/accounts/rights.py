"""Changing what an account may do: at once for its open sessions, and never leaving the school without an office."""

from __future__ import annotations

from models.accounts import User
from models.delivery import SchoolMeta
from schemas.jobs import Notice
from schemas.types import UserRole, UserStatus
from services.accounts.notices import notify
from services.accounts.roles import RIGHTS_CHANGED
from services.crypto import normalised_email
from services.errors import LastAdmin, NotFound
from services.scopes import Scope


def change_rights(scope: Scope, user: User, **fields: object) -> None:
    """Change fields of the account together with its rights: older tokens are void, live connections are told."""
    version = user.permission_version + 1
    scope.unit.change(user, permission_version=version, **fields)
    scope.unit.revoke(f"user:{user.id}", RIGHTS_CHANGED, permission_version=version)
    scope.unit.touch(f"user:{user.id}")
    notify(scope, user.id, Notice.ROLE_CHANGED)


async def keep_an_office(scope: Scope, user: User) -> None:
    """Refuse with `LastAdmin` to take away the last administrator who can still sign in.

    Of two administrators who take each other away at the same moment, the second finds the count changed and is
    asked again.
    """
    if user.role is not UserRole.ADMIN or not user.is_active:
        return
    school = await SchoolMeta.get("school")
    changes = school.office_changes if school else 0
    others = {"role": UserRole.ADMIN, "status": UserStatus.ACTIVE, "_id": {"$ne": user.id}}
    if await User.find(others).count() == 0:
        raise LastAdmin
    unchanged = {"_id": "school", "office_changes": changes or {"$in": [0, None]}}
    scope.unit.update(SchoolMeta, unchanged, {"$inc": {"office_changes": 1}})


async def appoint(scope: Scope, email: str) -> User:
    """Make an account an administrator: only the house itself calls this, for the first one."""
    user = await User.find_one({"email_bidx": scope.keys.email_index.any_of(normalised_email(email))})
    if user is None or not user.is_active:
        raise NotFound
    if user.role is not UserRole.ADMIN:
        before = user.role.value
        change_rights(scope, user, role=UserRole.ADMIN)
        scope.unit.audit("user.role_changed", f"user:{user.id}", before=before, after=UserRole.ADMIN.value)
    return user
