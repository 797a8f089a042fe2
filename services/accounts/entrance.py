"""The one way in for whoever has proved who they are: here is decided what else an account asks for."""

from __future__ import annotations

from models.accounts import User
from schemas.accounts import SignInIn
from services.accounts import pending
from services.accounts.attempts import Attempt, check_password
from services.accounts.desk import Desk, Device
from services.accounts.pending import PendingSignIn
from services.accounts.sessions import OpenSession, is_known_device, open_session
from services.crypto import normalised_email
from services.errors import AccountSuspended, InvalidCredentials
from services.scopes import Scope


async def sign_in(
    scope: Scope, desk: Desk, draft: SignInIn, device: Device, address: str
) -> OpenSession | PendingSignIn:
    """Let in whoever knows the password. A wrong one is audited and looks like no account."""
    email = normalised_email(draft.email)
    user = await User.find_one({"email_bidx": scope.keys.email_index.any_of(email)})
    known = device.device_id if await is_known_device(user, device) else None
    account = user.email_bidx if user else scope.keys.email_index.of(email)
    await check_password(scope, desk, user, Attempt(account, draft.password, address, known))
    if user is None:
        raise InvalidCredentials
    return await admit(scope, desk, user, device, ("pwd",))


async def admit(
    scope: Scope, desk: Desk, user: User, device: Device, methods: tuple[str, ...]
) -> OpenSession | PendingSignIn:
    """Open a session for the owner of the account, or ask for a second factor where there is one.

    `methods` are how they proved to be the owner.
    """
    if not user.is_active:
        scope.unit.audit("session.refused", f"user:{user.id}", reason="suspended")
        raise AccountSuspended
    if (waiting := await pending.begin(scope, user, methods)) is not None:
        return waiting
    opened = await open_session(scope, desk, user, device, methods)
    scope.unit.audit("session.opened", f"user:{user.id}", methods=list(methods))
    return opened
