"""Sign-ins that wait for their second proof. Their token opens nothing but `/auth/mfa/`."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from beanie import PydanticObjectId

from models.accounts import User
from models.factors import Factor, PendingLogin
from services.accounts.enrolled import enrolled
from services.accounts.errors import MfaExpired
from services.crypto import digest_of
from services.scopes import Scope

LIFE = timedelta(minutes=5)
MAX_TRIES = 10

_TOKEN = re.compile(r"mfa_([0-9a-f]{24})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """What the first proof has earned: a token, and the factors that may finish."""

    token: str
    factors: Sequence[Factor]


async def begin(scope: Scope, user: User, methods: tuple[str, ...]) -> PendingSignIn | None:
    """Ask whoever has given the first proof for the second one; None where the account has no factor.

    What has changed about the user meanwhile, such as the password, starts the call again.
    """
    held = await enrolled(user.id)
    if not held:
        return None
    secret = secrets.token_urlsafe(32)
    waiting = PendingLogin(
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        methods=methods,
        secret_hash=digest_of(secret),
        expires_at=scope.at + LIFE,
    )
    scope.unit.update(User, {"_id": user.id, "version": user.version}, {"$inc": {"sign_ins": 1}})
    scope.unit.insert(waiting)
    scope.unit.audit("session.factor_asked", f"user:{user.id}", methods=list(methods))
    return PendingSignIn(f"mfa_{waiting.id}.{secret}", held)


async def read(scope: Scope, token: str) -> PendingLogin:
    """The sign-in that the token stands for, or `MfaExpired`, whatever is wrong with it."""
    match = _TOKEN.fullmatch(token)
    waiting = await PendingLogin.get(PydanticObjectId(match[1])) if match else None
    if match is None or waiting is None or not hmac.compare_digest(digest_of(match[2]), waiting.secret_hash):
        raise MfaExpired
    if waiting.ended_at is not None or waiting.expires_at <= scope.at or waiting.tries >= MAX_TRIES:
        raise MfaExpired
    return waiting


def count_try(scope: Scope, waiting: PendingLogin) -> None:
    scope.unit.update(PendingLogin, {"_id": waiting.id, "ended_at": None}, {"$inc": {"tries": 1}})


def end(scope: Scope, waiting: PendingLogin) -> None:
    scope.unit.update(PendingLogin, {"_id": waiting.id, "ended_at": None}, {"$set": {"ended_at": scope.at}})
