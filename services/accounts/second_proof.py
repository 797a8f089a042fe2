"""Finishing a sign-in, signing in with a passkey alone, and proving again who one is (step-up)."""

from __future__ import annotations

from collections.abc import Sequence

from beanie import PydanticObjectId

from models.accounts import User
from models.factors import Factor, FactorChallenge, PendingLogin
from schemas.factors import (
    ChallengedOut,
    FactorKind,
    MfaChallengeIn,
    MfaVerifyIn,
    PasskeyOptionsOut,
    PasskeySignInIn,
    StepUpIn,
)
from services.accounts import challenges, passkeys, pending
from services.accounts.attempts import check_again
from services.accounts.desk import Desk
from services.accounts.enrolled import STRENGTH, enrolled, needed
from services.accounts.enrolment import own_account
from services.accounts.errors import CodeInvalid, MfaExpired, StrongerFactorNeeded
from services.accounts.proofs import Trial, Visitor, prove, used
from services.accounts.sessions import OpenSession, current, open_session, replace
from services.errors import AccountSuspended, InvalidCredentials, NotFound
from services.scopes import Scope

PASSKEY_METHODS = ("hwk", "mfa")
"""A passkey that has verified its owner is two factors in one."""


async def challenge_login(scope: Scope, desk: Desk, draft: MfaChallengeIn, visitor: Visitor) -> ChallengedOut:
    """Ask one factor of the pending sign-in."""
    waiting = await pending.read(scope, draft.mfa_token)
    factor = await _factor(await _active(waiting), draft.factor_id)
    return await _ask(scope, desk, visitor, factor, challenges.in_login(waiting.id))


async def verify_login(scope: Scope, desk: Desk, draft: MfaVerifyIn, visitor: Visitor) -> OpenSession:
    """Finish the pending sign-in. What was shown decides whether step-up routes open at once."""
    waiting = await pending.read(scope, draft.mfa_token)
    user = await _active(waiting)
    pending.count_try(scope, waiting)
    held = await enrolled(user.id)
    trial = Trial(user, held, challenges.in_login(waiting.id), knows_password="pwd" in waiting.methods)
    proven = await prove(scope, desk, visitor, trial, draft)
    pending.end(scope, waiting)
    methods = (*waiting.methods, proven.method, "mfa")
    fully = proven.strength >= await needed(user, held, scope.at)
    scope.unit.audit("session.opened", f"user:{user.id}", methods=list(methods))
    return await open_session(scope, desk, user, visitor.device, methods, fully=fully)


async def passkey_options(scope: Scope, visitor: Visitor) -> PasskeyOptionsOut:
    """Ask whichever passkey the person chooses."""
    challenge = challenges.ask_to_sign(scope, challenges.SIGN_IN, None)
    options = passkeys.request_options(visitor.site, challenge.nonce, [])
    return PasskeyOptionsOut(challenge_token=challenge.id, public_key=options)


async def passkey_sign_in(scope: Scope, desk: Desk, draft: PasskeySignInIn, visitor: Visitor) -> OpenSession:
    """Open a session for the owner of the passkey."""
    challenge = await FactorChallenge.get(PydanticObjectId(draft.challenge_token))
    if challenge is None or challenge.bound_to != challenges.SIGN_IN:
        raise MfaExpired
    challenges.spend(scope, challenges.still_open(scope, challenge))
    factor = await _passkey(draft)
    user = await User.get(factor.user_id) if factor else None
    if factor is None or user is None:
        raise CodeInvalid
    try:
        answer = passkeys.answered(visitor.site, challenge.nonce, draft.credential, factor)
    except CodeInvalid as refused:
        scope.unit.audit("factor.refused", f"user:{user.id}", reason=refused.code, factor=str(factor.id))
        raise
    if not user.is_active:
        scope.unit.audit("session.refused", f"user:{user.id}", reason="suspended")
        raise AccountSuspended
    used(scope, factor, answer.new_sign_count)
    scope.unit.audit("session.opened", f"user:{user.id}", methods=list(PASSKEY_METHODS))
    return await open_session(scope, desk, user, visitor.device, PASSKEY_METHODS)


async def challenge_step_up(scope: Scope, desk: Desk, factor_id: str, visitor: Visitor) -> ChallengedOut:
    """Ask one of one's own factors, for a step-up of this session."""
    user, family = await own_account(scope), await current(scope)
    factor = await _factor(user, factor_id)
    await _check_strength(scope, user, await enrolled(user.id), factor_id)
    return await _ask(scope, desk, visitor, factor, challenges.in_session(family.id))


async def step_up(scope: Scope, desk: Desk, draft: StepUpIn, visitor: Visitor) -> OpenSession:
    """Prove again who one is, with the strongest factor, or with the password where there is none."""
    user, family = await own_account(scope), await current(scope)
    held = await enrolled(user.id)
    if draft.password is not None:
        await check_again(scope, desk, user, draft.password, visitor.address)
    knows_password = draft.password is not None
    if not held:
        if not knows_password:
            raise InvalidCredentials
        shown: tuple[str, ...] = ("pwd",)
    else:
        trial = Trial(user, held, challenges.in_session(family.id), knows_password=knows_password)
        await _check_strength(scope, user, held, None if draft.recovery_code else draft.factor_id)
        shown = ((await prove(scope, desk, visitor, trial, draft)).method, "mfa")
    methods = tuple(dict.fromkeys((*family.methods, *shown)))
    scope.unit.audit("session.stepped_up", f"user:{user.id}", methods=list(shown))
    return await replace(scope, desk, user, visitor.device, family, methods)


async def _check_strength(scope: Scope, user: User, held: Sequence[Factor], factor_id: str | None) -> None:
    """Refuse a factor that is weaker than another one of the account, before it is asked or used."""
    least = await needed(user, held, scope.at)
    if any(str(factor.id) == factor_id and STRENGTH[factor.kind] < least for factor in held):
        raise StrongerFactorNeeded


async def _factor(user: User, factor_id: str) -> Factor:
    factor = next((one for one in await enrolled(user.id) if str(one.id) == factor_id), None)
    if factor is None:
        raise NotFound
    return factor


async def _ask(scope: Scope, desk: Desk, visitor: Visitor, factor: Factor, bound_to: str) -> ChallengedOut:
    match factor.kind:
        case FactorKind.TOTP:
            return ChallengedOut(sent=False)
        case FactorKind.PASSKEY:
            nonce = challenges.ask_to_sign(scope, bound_to, factor).nonce
            return ChallengedOut(sent=False, public_key=passkeys.request_options(visitor.site, nonce, [factor]))
        case FactorKind.EMAIL | FactorKind.SMS:
            await challenges.send_code(scope, desk, factor, bound_to)
            return ChallengedOut(sent=True)


async def _active(waiting: PendingLogin) -> User:
    user = await User.get(waiting.user_id)
    if user is None:
        raise MfaExpired
    if not user.is_active:
        raise AccountSuspended
    return user


async def _passkey(draft: PasskeySignInIn) -> Factor | None:
    """The confirmed passkey that signed, if its own word on whose it is agrees."""
    said = draft.credential.get("id")
    if not isinstance(said, str):
        return None
    factor = await Factor.find_one({"credential_id": said, "confirmed_at": {"$ne": None}})
    return factor if factor and passkeys.names_owner(draft.credential, factor.user_id.binary) else None
