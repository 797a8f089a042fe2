"""Sessions: opening one, and the rotating refresh tokens that keep it (`docs/security.md`)."""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from beanie import PydanticObjectId

from models.accounts import RefreshFamily, User
from schemas.accounts import SignInIn
from schemas.types import UserRole
from services.access import Scope
from services.accounts.attempts import Attempt, check_password
from services.accounts.desk import Desk, Device
from services.accounts.roles import grants_of
from services.accounts.tokens import LIFE, Claims, Proof
from services.crypto import Keyring, digest_of, normalised_email
from services.errors import AccountSuspended, InvalidCredentials, SessionEnded

GRACE = timedelta(seconds=10)
"""How long a replaced token still yields its successor: covers lost replies and parallel tabs."""

_TOKEN = re.compile(r"rt_([0-9a-f]{24})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner holds it."""

    user: User
    access_token: str
    refresh_token: str
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session may rest, and how long it may live at all."""

    idle: timedelta
    absolute: timedelta


STUDENT_LIFETIMES = Lifetimes(idle=timedelta(days=14), absolute=timedelta(days=30))
STAFF_LIFETIMES = Lifetimes(idle=timedelta(hours=12), absolute=timedelta(hours=24))


def _lifetimes(role: UserRole) -> Lifetimes:
    return STUDENT_LIFETIMES if role is UserRole.STUDENT else STAFF_LIFETIMES


def _secret(keys: Keyring, family_id: PydanticObjectId, nonce: bytes, generation: int) -> str:
    """Secret number `generation` of a family: derived, so that a repeated question gets the same answer."""
    digest = bytes.fromhex(keys.refresh.of(str(family_id), nonce, str(generation)))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def open_session(
    scope: Scope, desk: Desk, user: User, device: Device, methods: tuple[str, ...] = ("pwd",)
) -> OpenSession:
    """Begin a family of refresh tokens for this user on this device; `methods` are how they proved who they are."""
    family_id, nonce, lifetimes = PydanticObjectId(), os.urandom(16), _lifetimes(user.role)
    secret = _secret(scope.keys, family_id, nonce, 1)
    family = RefreshFamily(
        id=family_id,
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        nonce=nonce,
        generation=1,
        current_hash=digest_of(secret),
        rotated_at=scope.at,
        idle_expires_at=scope.at + lifetimes.idle,
        expires_at=scope.at + lifetimes.absolute,
        user_agent=device.user_agent,
        device_id=device.device_id,
        ip_prefix=device.ip_prefix,
        proved_at=scope.at,
        methods=methods,
        credentials_version=user.credentials_version,
    )
    scope.unit.insert(family)
    return await _opened(scope, desk, user, family, secret)


async def sign_in(scope: Scope, desk: Desk, draft: SignInIn, device: Device, address: str) -> OpenSession:
    """Open a session for whoever knows the password. A wrong one is audited and looks like no account."""
    index = scope.keys.email_index.of(normalised_email(draft.email))
    user = await User.find_one({"email_bidx": index})
    known = device.device_id if await is_known_device(user, device) else None
    await check_password(scope, desk, user, Attempt(index, draft.password, address, known))
    if user is None:
        raise InvalidCredentials
    if not user.is_active:
        scope.unit.audit("session.refused", f"user:{user.id}", reason="suspended")
        raise AccountSuspended
    opened = await open_session(scope, desk, user, device)
    scope.unit.audit("session.opened", f"user:{user.id}")
    return opened


async def refresh(scope: Scope, desk: Desk, token: str | None) -> OpenSession:
    """Exchange a refresh token for its successor. A token used too late ends the whole family."""
    family, secret = await _presented(token)
    user = await User.get(family.user_id) if family else None
    if family is None or user is None or not _may_go_on(family, user, scope.at):
        raise SessionEnded
    presented = digest_of(secret)
    if hmac.compare_digest(presented, family.current_hash):
        return await _rotate(scope, desk, user, family)
    in_grace = scope.at - family.rotated_at <= GRACE
    if family.previous_hash and hmac.compare_digest(presented, family.previous_hash) and in_grace:
        successor = _secret(scope.keys, family.id, family.nonce, family.generation)
        return await _opened(scope, desk, user, family, successor)
    if _was_ever(scope.keys, family, secret):
        end_family(scope, family, "refresh_reused")
    raise SessionEnded


async def peek(scope: Scope, token: str | None) -> Claims | None:
    """Who a refresh token speaks for, without exchanging it; for readers of events, who cannot send headers."""
    family, secret = await _presented(token)
    user = await User.get(family.user_id) if family else None
    if family is None or user is None or not _may_go_on(family, user, scope.at):
        return None
    if not hmac.compare_digest(digest_of(secret), family.current_hash):
        return None
    until = (scope.at + LIFE).timestamp()
    return Claims(
        user_id=str(user.id),
        session_id=str(family.id),
        role=user.role,
        permission_version=user.permission_version,
        expires_at=until,
        grants=await grants_of(user, scope.at),
    )


async def is_known_device(user: User | None, device: Device) -> bool:
    """Whether the user has signed in on this device before. It takes as long where there is no user."""
    if device.device_id is None:
        return False
    owner = user.id if user is not None else PydanticObjectId()
    return await RefreshFamily.find_one({"user_id": owner, "device_id": device.device_id}) is not None


async def end_all(scope: Scope, user: User, reason: str, *, but: str | None = None) -> int:
    """End every session of the user, or every one but that of the caller; return how many there were."""
    families = await RefreshFamily.find({"user_id": user.id, "revoked_at": None}).to_list()
    ended = [family for family in families if str(family.id) != but and _is_alive(family, scope.at)]
    for family in ended:
        end_family(scope, family, reason)
    return len(ended)


def end_family(scope: Scope, family: RefreshFamily, reason: str) -> None:
    """End one session everywhere: its refresh tokens, its access tokens, its sockets."""
    scope.unit.update(
        RefreshFamily,
        {"_id": family.id, "revoked_at": None},
        {"$set": {"revoked_at": scope.at, "revoked_reason": reason}},
    )
    scope.unit.revoke(f"sid:{family.id}", reason)
    scope.unit.audit("session.ended", f"user:{family.user_id}", session=str(family.id), reason=reason)


async def sign_out(scope: Scope, token: str | None) -> None:
    """End the caller's session, known by the access token or by the refresh token; twice does no harm."""
    family, secret = await _presented(token)
    if family is not None and not _was_ever(scope.keys, family, secret):
        family = None
    if family is None and scope.actor.session_id is not None:
        family = await RefreshFamily.get(PydanticObjectId(scope.actor.session_id))
    if family is not None and family.revoked_at is None:
        end_family(scope, family, "signed_out")


async def _presented(token: str | None) -> tuple[RefreshFamily | None, str]:
    match = _TOKEN.fullmatch(token or "")
    if match is None:
        return None, ""
    return await RefreshFamily.get(PydanticObjectId(match[1])), match[2]


def _is_alive(family: RefreshFamily, at: datetime) -> bool:
    return family.revoked_at is None and at < min(family.idle_expires_at, family.expires_at)


def _may_go_on(family: RefreshFamily, user: User, at: datetime) -> bool:
    is_current = family.credentials_version == user.credentials_version
    return user.is_active and is_current and _is_alive(family, at)


def _was_ever(keys: Keyring, family: RefreshFamily, secret: str) -> bool:
    """Whether this family issued the secret at all: a made-up one ends nobody's session."""
    issued = (_secret(keys, family.id, family.nonce, n) for n in range(1, family.generation + 1))
    return any(hmac.compare_digest(secret, known) for known in issued)


async def _rotate(scope: Scope, desk: Desk, user: User, family: RefreshFamily) -> OpenSession:
    secret = _secret(scope.keys, family.id, family.nonce, family.generation + 1)
    idle = scope.at + _lifetimes(user.role).idle
    scope.unit.update(
        RefreshFamily,
        {"_id": family.id, "current_hash": family.current_hash, "revoked_at": None},
        {
            "$set": {
                "generation": family.generation + 1,
                "current_hash": digest_of(secret),
                "previous_hash": family.current_hash,
                "rotated_at": scope.at,
                "idle_expires_at": idle,
                "updated_at": scope.at,
            }
        },
    )
    return await _opened(scope, desk, user, family, secret)


async def _opened(scope: Scope, desk: Desk, user: User, family: RefreshFamily, secret: str) -> OpenSession:
    proof = Proof(family.proved_at, family.methods)
    access = desk.tokens.mint(user, family.id, scope.at, proof, await grants_of(user, scope.at))
    return OpenSession(user, access, f"rt_{family.id}.{secret}", family.expires_at)
