"""Passwords that are offered: each is counted before it is looked at, and refused alike whoever it was meant for."""

from __future__ import annotations

from dataclasses import dataclass

from models.accounts import User
from services.accounts.desk import Desk
from services.accounts.errors import ResetRequired, TooManyAttempts
from services.accounts.passwords import Match
from services.errors import InvalidCredentials
from services.ports import Guess
from services.scopes import Scope


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password for an account that need not exist. `account` is the blind index of its address.

    `device` is one that the owner has used before, or None.
    """

    account: str
    password: str
    address: str
    device: str | None


async def check_password(scope: Scope, desk: Desk, user: User | None, attempt: Attempt) -> None:
    """Return when the password is the user's; refuse, and record it, when it is wrong or was tried too often."""
    if attempt.device is None:
        await desk.guesses.slow_down()
    subject = f"user:{user.id}" if user else f"email:{attempt.account[:16]}"
    try:
        match = await _counted(desk, user, attempt)
    except (TooManyAttempts, ResetRequired) as refusal:
        scope.unit.audit("password.refused", subject, reason=refusal.code)
        raise
    if not match.is_right:
        scope.unit.audit("password.refused", subject, reason="wrong")
        raise InvalidCredentials
    if user is not None and match.renewed is not None:
        stored = {"_id": user.id, "password_hash": user.password_hash}
        scope.unit.update(User, stored, {"$set": {"password_hash": match.renewed}})
        scope.unit.audit("password.rehashed", subject)


async def check_again(scope: Scope, desk: Desk, user: User, password: str, address: str) -> None:
    """The same for whoever is signed in: their session counts as a device that its owner has used before."""
    await check_password(
        scope, desk, user, Attempt(user.email_bidx, password, address, f"session:{scope.actor.session_id}")
    )


async def _counted(desk: Desk, user: User | None, attempt: Attempt) -> Match:
    async def count() -> None:
        await desk.guesses.take(Guess.PASSWORD, account=attempt.account, address=attempt.address, device=attempt.device)

    async with desk.guesses.one_by_one(attempt.account):
        match = await desk.passwords.match(attempt.password, user.password_hash if user else None, count)
        if match.is_right:
            await desk.guesses.give_back(
                Guess.PASSWORD, account=attempt.account, address=attempt.address, device=attempt.device
            )
    return match
