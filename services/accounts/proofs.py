"""Whether a factor proves its owner. Each try is counted before it is looked at."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from models.accounts import User
from models.factors import Factor
from schemas.factors import FactorKind, ProofIn
from services.accounts import challenges, passkeys, recovery, totp
from services.accounts.desk import Desk, Device
from services.accounts.enrolled import METHODS, STRENGTH
from services.accounts.errors import ClockSkewed, CodeInvalid
from services.accounts.passkeys import Site
from services.errors import DomainError
from services.ports import Guess
from services.scopes import Scope

RECOVERY_STRENGTH = 9
"""A recovery code stands for the strongest factor, because it is there for when that one is lost."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door, as the transport shows them."""

    device: Device
    address: str
    site: Site


@dataclass(frozen=True, slots=True)
class Trial:
    """What must be proved, and in which conversation. Only who knows the password is told of a wrong clock."""

    user: User
    held: Sequence[Factor]
    bound_to: str
    knows_password: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof was worth: how `amr` calls it, and how strong it is."""

    method: str
    strength: int


async def prove(scope: Scope, desk: Desk, visitor: Visitor, trial: Trial, shown: ProofIn) -> Proven:
    """Look at what was shown; a right proof is used up, and a wrong one is audited and refused."""
    account = str(trial.user.id)
    try:
        await desk.guesses.take(Guess.CODE, account=account, address=visitor.address)
        proven = await _look_at(scope, desk, visitor, trial, shown)
    except DomainError as refused:
        scope.unit.audit("factor.refused", f"user:{account}", reason=refused.code, factor=shown.factor_id)
        raise
    await desk.guesses.give_back(Guess.CODE, account=account, address=visitor.address)
    return proven


async def _look_at(scope: Scope, desk: Desk, visitor: Visitor, trial: Trial, shown: ProofIn) -> Proven:
    if shown.recovery_code is not None:
        await recovery.use(scope, desk, trial.user, shown.recovery_code)
        return Proven("recovery", RECOVERY_STRENGTH)
    factor = next((one for one in trial.held if str(one.id) == shown.factor_id), None)
    if factor is None:
        raise CodeInvalid
    match factor.kind:
        case FactorKind.TOTP:
            counter = _step(scope, factor, shown.code, tells_drift=trial.knows_password)
        case FactorKind.PASSKEY:
            counter = await _sign_counter(scope, visitor.site, factor, trial.bound_to, shown)
        case FactorKind.EMAIL | FactorKind.SMS:
            await _compare_sent(scope, factor, trial.bound_to, shown.code)
            counter = factor.counter
    used(scope, factor, counter)
    return Proven(METHODS[factor.kind], STRENGTH[factor.kind])


def used(scope: Scope, factor: Factor, counter: int) -> None:
    """Note the use. Whoever read the same counter and comes second runs again, and finds the proof used."""
    scope.unit.update(
        Factor,
        {"_id": factor.id, "counter": factor.counter, "confirmed_at": factor.confirmed_at},
        {"$set": {"counter": counter, "last_used_at": scope.at}},
    )


def _step(scope: Scope, factor: Factor, code: str | None, *, tells_drift: bool) -> int:
    secret = scope.keys.fields.open(factor.secret_ct or "", "factors", str(factor.id), "secret")
    found = totp.match(secret, _digits(code), scope.at, after=factor.counter)
    if found is not None and not found.is_near and tells_drift:
        raise ClockSkewed
    if found is None or not found.is_near:
        raise CodeInvalid
    return found.step


async def _compare_sent(scope: Scope, factor: Factor, bound_to: str, code: str | None) -> None:
    challenge = await challenges.newest(scope, factor, bound_to)
    challenges.count_try(scope, challenge)
    if not hmac.compare_digest(challenges.code_of(challenge, scope.keys), _digits(code)):
        raise CodeInvalid
    challenges.spend(scope, challenge)


async def _sign_counter(scope: Scope, site: Site, factor: Factor, bound_to: str, shown: ProofIn) -> int:
    challenge = await challenges.newest(scope, factor, bound_to)
    challenges.spend(scope, challenge)
    return passkeys.answered(site, challenge.nonce, shown.credential, factor).new_sign_count


def _digits(code: str | None) -> str:
    return (code or "").replace(" ", "")
