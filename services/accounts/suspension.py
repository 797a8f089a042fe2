"""Suspending an account, which ends every session of it on every instance, and taking that back."""

from __future__ import annotations

from models.accounts import User
from schemas.types import UserStatus
from services.accounts.rights import keep_an_office
from services.accounts.sessions import end_all
from services.errors import LastAdmin
from services.permissions import Permission
from services.scopes import UserScope


async def suspend(scope: UserScope, reason: str | None) -> User:
    """Suspend the account and end its sessions; a second time changes nothing."""
    scope.require(Permission.USER_SUSPEND)
    user = scope.user
    if not user.is_active:
        return user
    if scope.is_own:
        raise LastAdmin
    await keep_an_office(scope, user)
    version = user.permission_version + 1
    scope.unit.change(user, status=UserStatus.SUSPENDED, permission_version=version)
    scope.unit.revoke(f"user:{user.id}", "suspended", permission_version=version)
    await end_all(scope, user, "suspended")
    scope.unit.audit("user.suspended", f"user:{user.id}", before="active", after="suspended", reason=reason)
    scope.unit.touch(f"user:{user.id}")
    return user


async def unsuspend(scope: UserScope) -> User:
    """Let the account sign in again; its old sessions stay ended. A second time changes nothing."""
    scope.require(Permission.USER_SUSPEND)
    user = scope.user
    if not user.is_active:
        scope.unit.change(user, status=UserStatus.ACTIVE)
        scope.unit.audit("user.unsuspended", f"user:{user.id}", before="suspended", after="active")
        scope.unit.touch(f"user:{user.id}")
    return user
