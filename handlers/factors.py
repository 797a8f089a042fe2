"""Second factors over REST: one's own, the second half of a sign-in, passkeys, and step-up."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Final

from pydantic import JsonValue

from handlers.call import Answer, Call, Gate, Input, Route
from handlers.entrance import opened_session
from schemas.accounts import DoneOut, SessionOut
from schemas.factors import (
    ChallengedOut,
    ConfirmedOut,
    ConfirmIn,
    EnrolledOut,
    EnrollIn,
    FactorIn,
    FactorsResetOut,
    MfaChallengeIn,
    MfaOut,
    MfaVerifyIn,
    PasskeyOptionsOut,
    PasskeySignInIn,
    RecoveryCodesOut,
    StepUpIn,
)
from services.accounts import enrolment, lost_factors, second_proof
from services.accounts.errors import (
    ClockSkewed,
    CodeInvalid,
    FactorLimit,
    MfaExpired,
    ResetRequired,
    StrongerFactorFirst,
    StrongerFactorNeeded,
    TooManyAttempts,
)
from services.accounts.passkeys import Site
from services.accounts.proofs import Visitor
from services.call_limits import Limit
from services.errors import AccountSuspended, InvalidCredentials, NotFound
from services.permissions import Permission as P
from services.scopes import Scope, UserScope


def _visitor(call: Call[Scope, Input]) -> Visitor:
    site = Site.of(call.house.desk.public_url or call.caller.origin)
    return Visitor(call.caller.device, call.caller.address, site)


async def read_factors(call: Call[Scope, None]) -> MfaOut:
    """List one's own second factors."""
    return await enrolment.overview(call.scope)


async def enroll_factor(call: Call[Scope, EnrollIn]) -> EnrolledOut:
    """Begin a second factor; it counts when its first code is confirmed."""
    return await enrolment.enroll(call.scope, call.house.desk, call.input, _visitor(call))


async def confirm_factor(call: Call[Scope, ConfirmIn]) -> ConfirmedOut:
    """Confirm a new factor with its first code; every other session ends."""
    return await enrolment.confirm(call.scope, call.house.desk, call.input, _visitor(call))


async def disable_factor(call: Call[Scope, FactorIn]) -> DoneOut:
    """Take a factor away; every other session ends."""
    await enrolment.disable(call.scope, call.input.factor_id)
    return DoneOut()


async def renew_recovery_codes(call: Call[Scope, None]) -> RecoveryCodesOut:
    """Make ten new recovery codes; the old ones count no more."""
    return RecoveryCodesOut(recovery_codes=await enrolment.renew_recovery_codes(call.scope, call.house.desk))


async def reset_factors(call: Call[UserScope, None]) -> Answer:
    """Take all factors of somebody else away and end their sessions; those of an administrator when a second asks."""
    if await lost_factors.reset(call.scope):
        return Answer(FactorsResetOut(done=True))
    return Answer(FactorsResetOut(done=False, waits_for="another administrator"), HTTPStatus.ACCEPTED)


async def challenge_login(call: Call[Scope, MfaChallengeIn]) -> ChallengedOut:
    """Ask a factor during a sign-in: send a code, or get what a passkey must sign."""
    return await second_proof.challenge_login(call.scope, call.house.desk, call.input, _visitor(call))


async def verify_login(call: Call[Scope, MfaVerifyIn]) -> Answer:
    """Finish a sign-in with a factor or a recovery code."""
    opened = await second_proof.verify_login(call.scope, call.house.desk, call.input, _visitor(call))
    return opened_session(call.scope, call.caller, opened)


async def challenge_step_up(call: Call[Scope, FactorIn]) -> ChallengedOut:
    """Ask one's own factor for a step-up: send a code, or get what a passkey must sign."""
    return await second_proof.challenge_step_up(call.scope, call.house.desk, call.input.factor_id, _visitor(call))


async def step_up(call: Call[Scope, StepUpIn]) -> Answer:
    """Prove again who one is; the session goes on under a new id, and step-up routes open for ten minutes."""
    opened = await second_proof.step_up(call.scope, call.house.desk, call.input, _visitor(call))
    return opened_session(call.scope, call.caller, opened)


async def passkey_options(call: Call[Scope, None]) -> PasskeyOptionsOut:
    """Begin a sign-in with a passkey alone."""
    return await second_proof.passkey_options(call.scope, _visitor(call))


async def passkey_sign_in(call: Call[Scope, PasskeySignInIn]) -> Answer:
    """Open a session with what a passkey has signed."""
    opened = await second_proof.passkey_sign_in(call.scope, call.house.desk, call.input, _visitor(call))
    return opened_session(call.scope, call.caller, opened)


FACTOR = "65f0a1b2c3d4e5f60718293a"
MFA_TOKEN = "mfa_65f0a1b2c3d4e5f60718293a.…"  # noqa: S105 - what the documents show
CREDENTIAL: Final[dict[str, JsonValue]] = {"id": "…", "rawId": "…", "type": "public-key", "response": {}}

Post = partial(Route, "POST", stored=False)
"""Replies that hold a secret or open a session are kept for nobody's retry."""

ROUTES = (
    Route("GET", "/auth/mfa", read_factors, MfaOut, Gate.SIGNED_IN),
    Post(
        "/auth/mfa/enroll",
        enroll_factor,
        EnrolledOut,
        Gate.SIGNED_IN,
        body=EnrollIn,
        example={"kind": "totp", "name": "My phone"},
        step_up=True,
        raises=(FactorLimit, StrongerFactorFirst, TooManyAttempts),
    ),
    Post(
        "/auth/mfa/confirm",
        confirm_factor,
        ConfirmedOut,
        Gate.SIGNED_IN,
        body=ConfirmIn,
        example={"factorId": FACTOR, "code": "123456"},
        raises=(ClockSkewed, CodeInvalid, NotFound, TooManyAttempts),
    ),
    Post(
        "/auth/mfa/disable",
        disable_factor,
        DoneOut,
        Gate.SIGNED_IN,
        body=FactorIn,
        example={"factorId": FACTOR},
        step_up=True,
        raises=(NotFound, StrongerFactorFirst),
    ),
    Post(
        "/auth/mfa/recovery-codes",
        renew_recovery_codes,
        RecoveryCodesOut,
        Gate.SIGNED_IN,
        step_up=True,
        raises=(NotFound,),
    ),
    Post(
        "/auth/mfa/challenge",
        challenge_login,
        ChallengedOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=MfaChallengeIn,
        example={"mfaToken": MFA_TOKEN, "factorId": FACTOR},
        raises=(AccountSuspended, MfaExpired, NotFound, TooManyAttempts),
    ),
    Post(
        "/auth/mfa/verify",
        verify_login,
        SessionOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=MfaVerifyIn,
        example={"mfaToken": MFA_TOKEN, "factorId": FACTOR, "code": "123456"},
        raises=(AccountSuspended, ClockSkewed, CodeInvalid, MfaExpired, TooManyAttempts),
    ),
    Post(
        "/auth/step-up/challenge",
        challenge_step_up,
        ChallengedOut,
        Gate.SIGNED_IN,
        body=FactorIn,
        example={"factorId": FACTOR},
        raises=(NotFound, StrongerFactorNeeded, TooManyAttempts),
    ),
    Post(
        "/auth/step-up",
        step_up,
        SessionOut,
        Gate.SIGNED_IN,
        body=StepUpIn,
        example={"factorId": FACTOR, "code": "123456"},
        raises=(ClockSkewed, CodeInvalid, InvalidCredentials, ResetRequired, StrongerFactorNeeded, TooManyAttempts),
    ),
    Post("/auth/passkey/options", passkey_options, PasskeyOptionsOut, Gate.OPEN, limit=Limit.SIGN_IN),
    Post(
        "/auth/passkey/signin",
        passkey_sign_in,
        SessionOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=PasskeySignInIn,
        example={"challengeToken": FACTOR, "credential": CREDENTIAL},
        raises=(AccountSuspended, CodeInvalid, MfaExpired),
    ),
    Post(
        "/users/{user_id}/factors/reset",
        reset_factors,
        FactorsResetOut,
        P.USER_FACTORS_RESET,
        also=(HTTPStatus.ACCEPTED,),
        about="path.user_id",
        step_up=True,
    ),
)
