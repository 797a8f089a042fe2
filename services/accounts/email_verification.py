"""Verifying that the owner of an account reads the mails of its address."""

from __future__ import annotations

from models.accounts import User
from models.mailed_tokens import MailPurpose
from schemas.password_changes import VerifyEmailIn
from services.accounts.desk import Desk
from services.accounts.mailed_tokens import ask_to_verify, redeem
from services.accounts.profiles import read_me
from services.ports import Guess
from services.scopes import Scope


async def send_verification(scope: Scope, desk: Desk, address: str) -> None:
    """Mail a new token to the caller's address, unless it is verified already."""
    user = await read_me(scope)
    if user.email_verified_at is not None:
        return
    await desk.guesses.take(Guess.MAIL, account=user.email_bidx, address=address)
    ask_to_verify(scope, user)
    scope.unit.audit("email.verification_sent", f"user:{user.id}")


async def verify_email(scope: Scope, draft: VerifyEmailIn) -> User:
    """Take the token of a mail as the proof; the session of whoever brings it does not matter."""
    user = await redeem(scope, draft.token, MailPurpose.VERIFY)
    scope.unit.change(user, email_verified_at=scope.at)
    scope.unit.audit("email.verified", f"user:{user.id}")
    return user
