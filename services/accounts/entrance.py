"""The one way in for whoever has proved who they are: here is decided what else an account asks for."""

from __future__ import annotations

from models.accounts import User
from services.access import Scope
from services.accounts.desk import Desk, Device
from services.accounts.sessions import OpenSession, open_session
from services.errors import AccountSuspended


async def admit(scope: Scope, desk: Desk, user: User, device: Device, methods: tuple[str, ...]) -> OpenSession:
    """Open a session for the owner of the account; `methods` are how they proved to be that."""
    if not user.is_active:
        scope.unit.audit("session.refused", f"user:{user.id}", reason="suspended")
        raise AccountSuspended
    opened = await open_session(scope, desk, user, device, methods)
    scope.unit.audit("session.opened", f"user:{user.id}", methods=", ".join(methods))
    return opened
