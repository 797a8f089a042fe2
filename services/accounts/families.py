"""Families of refresh tokens: which secret is whose, how long a family lives, and how it ends (`docs/security.md`)."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import RefreshFamily, User
from schemas.types import UserRole
from services.accounts.tokens import Proof
from services.crypto import Keyring
from services.permissions import Grants
from services.scopes import Scope

REPLACED: Final = "replaced"
"""Why a session ended that goes on under another id."""

_TOKEN = re.compile(r"rt_([0-9a-f]{24})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session may rest, and how long it may live at all."""

    idle: timedelta
    absolute: timedelta


LONG = Lifetimes(idle=timedelta(days=14), absolute=timedelta(days=30))
SHORT = Lifetimes(idle=timedelta(hours=12), absolute=timedelta(hours=24))


def lifetimes_of(user: User, grants: Grants, proof: Proof) -> Lifetimes:
    """Long for students alone, and only while a password is all they showed."""
    roles = {user.role, *grants.roles, *grants.scoped}
    return LONG if roles == {UserRole.STUDENT} and proof.level == "1" else SHORT


def secret_of(keys: Keyring, family: RefreshFamily, generation: int) -> str:
    """Secret number `generation` of a family: derived, so that a repeated question gets the same answer."""
    digest = bytes.fromhex(keys.refresh.of(str(family.id), family.nonce, str(generation)))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def presented(token: str | None) -> tuple[RefreshFamily | None, str]:
    """The family that a token names, and the secret that it brings, which may be anything."""
    match = _TOKEN.fullmatch(token or "")
    if match is None:
        return None, ""
    return await RefreshFamily.get(PydanticObjectId(match[1])), match[2]


def was_ever(keys: Keyring, family: RefreshFamily, secret: str) -> bool:
    """Whether this family issued the secret at all: a made-up one ends nobody's session."""
    issued = (secret_of(keys, family, n) for n in range(1, family.generation + 1))
    return any(hmac.compare_digest(secret, known) for known in issued)


def is_alive(family: RefreshFamily, at: datetime) -> bool:
    return family.revoked_at is None and at < min(family.idle_expires_at, family.expires_at)


def alive(user_id: PydanticObjectId, at: datetime) -> dict[str, object]:
    """The same question to the database, for all families of a user."""
    return {"user_id": user_id, "revoked_at": None, "idle_expires_at": {"$gt": at}, "expires_at": {"$gt": at}}


def end_family(
    scope: Scope, family: RefreshFamily, reason: str, *, successor_id: PydanticObjectId | None = None
) -> None:
    """End one session everywhere: its refresh tokens, its access tokens, its sockets."""
    scope.unit.update(
        RefreshFamily,
        {"_id": family.id, "revoked_at": None},
        {"$set": {"revoked_at": scope.at, "revoked_reason": reason, "successor_id": successor_id}},
    )
    scope.unit.revoke(f"sid:{family.id}", reason)
    scope.unit.audit("session.ended", f"user:{family.user_id}", session=str(family.id), reason=reason)
