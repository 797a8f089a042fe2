"""New passwords: in the place of a known one, by mail, or brought along from another system."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailPurpose
from schemas.jobs import Notice, ResetMailArgs
from schemas.password_changes import ChangePasswordIn, ForgotIn, ResetIn
from services.accounts.attempts import check_again
from services.accounts.desk import Desk, Device
from services.accounts.errors import TooManyAttempts
from services.accounts.mailed_tokens import redeem, revoke
from services.accounts.notices import notify
from services.accounts.passwords import is_importable
from services.accounts.profiles import read_me
from services.accounts.sessions import end_all
from services.crypto import normalised_email
from services.ports import Guess
from services.scopes import Scope


class NotImportableError(Exception):
    """The hash is of a kind, or of a cost, that is not verified here."""


async def change_password(scope: Scope, desk: Desk, draft: ChangePasswordIn, address: str) -> None:
    """Set a new password for whoever knows the present one; every other session of the account ends."""
    user = await read_me(scope)
    await check_again(scope, desk, user, draft.current_password, address)
    await _set(scope, desk, user, draft.new_password)
    await revoke(scope, user, MailPurpose.RESET)
    await end_all(scope, user, "password_changed", except_session=scope.actor.session_id)


async def ask_for_reset(scope: Scope, desk: Desk, draft: ForgotIn, address: str) -> None:
    """Leave word for a worker, who looks whether there is such an account; here nobody does, so nothing shows it."""
    email = normalised_email(draft.email)
    account, accounts = scope.keys.email_index.of(email), scope.keys.email_index.all_of(email)
    subject = f"email:{account[:16]}"
    try:
        await desk.guesses.take(Guess.MAIL, account=account, address=address)
    except TooManyAttempts as refusal:
        scope.unit.audit("password.reset_refused", subject, reason=refusal.code)
        return
    scope.unit.enqueue("mail.reset", ResetMailArgs(id=str(PydanticObjectId()), accounts=list(accounts)))
    scope.unit.audit("password.reset_asked", subject)


async def reset_password(scope: Scope, desk: Desk, draft: ResetIn, address: str, device: Device) -> None:
    """Set a new password for the reader of the mail, whose address is verified thereby; every session ends.

    No session is opened: whoever signs in next shows every factor that the account has.
    """
    user = await redeem(scope, draft.token, MailPurpose.RESET)
    await _set(scope, desk, user, draft.password, email_verified_at=user.email_verified_at or scope.at)
    await end_all(scope, user, "password_reset")
    await desk.guesses.forgive(account=user.email_bidx, address=address, device=device.device_id)


def import_hash(scope: Scope, user: User, stored: str) -> None:
    """Give a new account the bcrypt hash that another system kept; it is replaced when its owner first signs in."""
    if not is_importable(stored):
        message = "only bcrypt hashes ($2a$, $2b$) of a cost from 4 to 14 can be taken over"
        raise NotImportableError(message)
    user.password_hash = stored
    scope.unit.audit("password.imported", f"user:{user.id}")


async def _set(scope: Scope, desk: Desk, user: User, password: str, **also: object) -> None:
    scope.unit.change(user, password_hash=await desk.passwords.hash(password), **also)
    scope.unit.audit("password.changed", f"user:{user.id}")
    notify(scope, user.id, Notice.PASSWORD_CHANGED)
