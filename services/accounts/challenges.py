"""Questions to factors: a code that is sent, or what a passkey must sign. Each can be answered once."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId

from models.factors import Factor, FactorChallenge
from schemas.factors import FactorKind
from schemas.jobs import FactorCodeArgs
from services.accounts.desk import Desk
from services.accounts.errors import CodeInvalid
from services.crypto import Keyring
from services.ports import Guess
from services.scopes import Scope

CODE_LIFE: Final = timedelta(minutes=10)
SIGNATURE_LIFE: Final = timedelta(minutes=5)
CODE_TRIES: Final = 5
DIGITS: Final = 8
SIGN_IN: Final = "sign-in"
"""The conversation of whoever signs in with a passkey alone; the others are named by the functions below."""


def in_login(pending_id: PydanticObjectId) -> str:
    return f"login:{pending_id}"


def in_session(session_id: PydanticObjectId) -> str:
    return f"session:{session_id}"


def in_enrolment(factor_id: PydanticObjectId) -> str:
    return f"enrolment:{factor_id}"


def ask_to_sign(scope: Scope, bound_to: str, factor: Factor | None) -> FactorChallenge:
    """A new challenge for a passkey: its nonce."""
    return _ask(scope, bound_to, factor, SIGNATURE_LIFE)


async def send_code(scope: Scope, desk: Desk, factor: Factor, bound_to: str) -> None:
    """Send eight digits by mail or text message; those sent before in this conversation count no more.

    Raises `TooManyAttempts` for a second one within a minute, a sixth within an hour, an eleventh within a day.
    """
    await desk.guesses.take(Guess.SENT_CODE, account=str(factor.user_id), address="")
    asked = str(_ask(scope, bound_to, factor, CODE_LIFE).id)
    if factor.kind is FactorKind.SMS:
        await desk.guesses.take(Guess.TEXT, account="school", address="")
        scope.unit.enqueue("sms.factor_code", FactorCodeArgs(challenge_id=asked))
    else:
        scope.unit.enqueue("mail.factor_code", FactorCodeArgs(challenge_id=asked))
    scope.unit.audit("factor.code_sent", f"user:{factor.user_id}", factor=str(factor.id), kind=factor.kind.value)


def code_of(challenge: FactorChallenge, keys: Keyring) -> str:
    """The code that was sent: an HMAC of the nonce, so that the database holds neither it nor its digest."""
    digest = keys.refresh.of("factor-code", str(challenge.id), challenge.nonce)
    return f"{int(digest, 16) % 10**DIGITS:0{DIGITS}}"


async def newest(scope: Scope, factor: Factor, bound_to: str) -> FactorChallenge:
    """The last question that this factor was asked in the conversation, or `CodeInvalid` when it is closed."""
    where = {"bound_to": bound_to, "factor_id": factor.id}
    found = await FactorChallenge.find(where).sort("-created_at", "-_id").limit(1).to_list()
    return still_open(scope, found[0] if found else None)


def still_open(scope: Scope, challenge: FactorChallenge | None) -> FactorChallenge:
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= scope.at:
        raise CodeInvalid
    if challenge.tries >= CODE_TRIES:
        raise CodeInvalid
    return challenge


def spend(scope: Scope, challenge: FactorChallenge) -> None:
    """Close the question: of two answers at once only one counts."""
    scope.unit.update(FactorChallenge, {"_id": challenge.id, "used_at": None}, {"$set": {"used_at": scope.at}})


def count_try(scope: Scope, challenge: FactorChallenge) -> None:
    scope.unit.update(FactorChallenge, {"_id": challenge.id, "used_at": None}, {"$inc": {"tries": 1}})


def _ask(scope: Scope, bound_to: str, factor: Factor | None, life: timedelta) -> FactorChallenge:
    challenge = FactorChallenge(
        created_at=scope.at,
        updated_at=scope.at,
        bound_to=bound_to,
        factor_id=factor.id if factor else None,
        nonce=os.urandom(32),
        expires_at=scope.at + life,
    )
    scope.unit.insert(challenge)
    return challenge
