"""Suspending an account: every session of it ends, on every instance."""

from __future__ import annotations

from models.accounts import User
from schemas.types import UserRole, UserStatus
from services.access import UserScope
from services.accounts.sessions import end_all
from services.errors import LastAdmin
from services.permissions import Permission


async def suspend(scope: UserScope, reason: str | None) -> User:
    """Suspend the account and end its sessions; a second time changes nothing."""
    scope.require(Permission.USER_SUSPEND)
    user = scope.user
    if not user.is_active:
        return user
    if str(user.id) == scope.actor.user_id or await _is_last_admin(user):
        raise LastAdmin
    version = user.permission_version + 1
    scope.unit.change(user, status=UserStatus.SUSPENDED, permission_version=version)
    scope.unit.revoke(f"user:{user.id}", "suspended", permission_version=version)
    await end_all(scope, user, "suspended")
    scope.unit.audit("user.suspended", f"user:{user.id}", reason=reason)
    scope.unit.touch(f"user:{user.id}")
    return user


async def _is_last_admin(user: User) -> bool:
    if user.role is not UserRole.ADMIN:
        return False
    return await User.find({"role": UserRole.ADMIN, "status": UserStatus.ACTIVE}).count() <= 1
