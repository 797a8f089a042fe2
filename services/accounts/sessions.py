"""Sessions: opening one, and the rotating refresh tokens that keep it (`docs/security.md`)."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from beanie import PydanticObjectId

from models.accounts import KnownDevice, RefreshFamily, User
from models.factors import PendingLogin
from schemas.jobs import Notice
from services.accounts.crowding import make_room
from services.accounts.desk import Desk, Device
from services.accounts.devices import is_same_family, mark_of
from services.accounts.errors import SessionReplaced
from services.accounts.families import REPLACED, end_family, is_alive, lifetimes_of, presented, secret_of, was_ever
from services.accounts.notices import notify
from services.accounts.roles import grants_of
from services.accounts.tokens import LIFE, Claims, Proof
from services.crypto import digest_of
from services.errors import SessionEnded
from services.scopes import Scope

GRACE = timedelta(seconds=10)
"""How long a replaced token still yields its successor: covers lost replies and parallel tabs."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner holds it; `device_id` is set where a new one was opened."""

    user: User
    access_token: str
    refresh_token: str
    refresh_expires_at: datetime
    device_id: str | None = None


async def open_session(
    scope: Scope,
    desk: Desk,
    user: User,
    device: Device,
    methods: tuple[str, ...] = ("pwd",),
    *,
    fully: bool = True,
) -> OpenSession:
    """Begin a family of refresh tokens for this user on this device; `methods` are how they proved who they are.

    Without `fully` they have not shown the strongest that they have, so that step-up is still asked for.
    """
    family = await _new_family(scope, user, device, Proof(scope.at if fully else NEVER, methods))
    make_room(scope, user, family, desk.session_limits.of(user, await grants_of(user, scope.at)))
    return await _opened(scope, desk, user, family, device_id=device.device_id)


async def replace(  # noqa: PLR0917 - all six say who goes on as what
    scope: Scope, desk: Desk, user: User, device: Device, family: RefreshFamily, methods: tuple[str, ...]
) -> OpenSession:
    """Go on under a new id after a new proof: whoever else held the old tokens holds nothing now."""
    successor = await _new_family(scope, user, device, Proof(scope.at, methods))
    end_family(scope, family, REPLACED)
    return await _opened(scope, desk, user, successor, device_id=device.device_id)


async def current(scope: Scope) -> RefreshFamily:
    """The family of the session that calls."""
    family = await RefreshFamily.get(PydanticObjectId(scope.actor.session_id)) if scope.actor.session_id else None
    if family is None or not is_alive(family, scope.at):
        raise SessionEnded
    return family


async def is_known_device(user: User | None, device: Device) -> bool:
    """Whether the user has signed in on this device before; only an id that nobody can guess counts.

    It takes as long where there is no user.
    """
    if device.device_id is None:
        return False
    owner = user.id if user is not None else PydanticObjectId()
    return await KnownDevice.find_one({"user_id": owner, "mark": mark_of(device)}) is not None


async def refresh(scope: Scope, desk: Desk, token: str | None, device: Device) -> OpenSession:
    """Exchange a refresh token for its successor. A token used too late ends the whole family."""
    family, secret = await presented(token)
    user = await User.get(family.user_id) if family else None
    if family is None or user is None or not user.is_active:
        raise SessionEnded
    if family.revoked_reason == REPLACED:
        return await _follow(scope, desk, user, family, secret)
    if not is_alive(family, scope.at):
        raise SessionEnded
    shown = digest_of(secret)
    if hmac.compare_digest(shown, family.current_hash):
        return await _rotate(scope, desk, user, family, device)
    in_grace = scope.at - family.rotated_at <= GRACE
    if family.previous_hash and hmac.compare_digest(shown, family.previous_hash) and in_grace:
        return await _repeat(scope, desk, user, family, device)
    if was_ever(scope.keys, family, secret):
        _reused(scope, family)
    raise SessionEnded


async def peek(scope: Scope, token: str | None) -> Claims | None:
    """Who a refresh token speaks for, without exchanging it; for readers of events, who cannot send headers."""
    family, secret = await presented(token)
    user = await User.get(family.user_id) if family else None
    if family is None or user is None or not user.is_active or not is_alive(family, scope.at):
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


async def end_all(scope: Scope, user: User, reason: str, except_session: str | None = None) -> int:
    """End the sessions of the user, all or all but one, and say how many; sign-ins that wait for a factor end, too.

    A sign-in that is decided at the same moment comes before or after: where it commits first, this is decided again
    and finds its session, else it is, and meets what has changed.
    """
    apart = {"_id": user.id, "version": user.version, "sign_ins": user.sign_ins}
    scope.unit.update(User, apart, {"$inc": {"version": 1}})
    user.version += 1
    scope.unit.remove(PendingLogin, {"user_id": user.id})
    found = await RefreshFamily.find({"user_id": user.id, "revoked_at": None}).to_list()
    ending = [family for family in found if str(family.id) != except_session]
    for family in ending:
        end_family(scope, family, reason)
    return len(ending)


async def sign_out(scope: Scope, token: str | None) -> None:
    """End the caller's session, known by the access token or by the refresh token; twice does no harm."""
    family, secret = await presented(token)
    if family is not None and not was_ever(scope.keys, family, secret):
        family = None
    if family is None and scope.actor.session_id is not None:
        family = await RefreshFamily.get(PydanticObjectId(scope.actor.session_id))
    if family is not None and family.revoked_at is None:
        end_family(scope, family, "signed_out")


async def _new_family(scope: Scope, user: User, device: Device, proof: Proof) -> RefreshFamily:
    lifetimes = lifetimes_of(user, await grants_of(user, scope.at), proof)
    family = RefreshFamily(
        id=PydanticObjectId(),
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        nonce=os.urandom(16),
        generation=1,
        current_hash="",
        rotated_at=scope.at,
        idle_expires_at=scope.at + lifetimes.idle,
        expires_at=scope.at + lifetimes.absolute,
        user_agent=device.user_agent,
        ip_prefix=device.ip_prefix,
        proved_at=proof.at,
        methods=proof.methods,
        device_mark=mark_of(device),
        permission_version=user.permission_version,
        last_seen_at=scope.at,
        last_ip_prefix=device.ip_prefix,
    )
    family.current_hash = digest_of(secret_of(scope.keys, family, 1))
    scope.unit.insert(family)
    return family


async def _rotate(scope: Scope, desk: Desk, user: User, family: RefreshFamily, device: Device) -> OpenSession:
    _suspect(scope, family, device)
    if family.permission_version not in {None, user.permission_version}:
        return await _succeed(scope, desk, user, family, device)
    grants = await grants_of(user, scope.at)
    guard = {"_id": family.id, "current_hash": family.current_hash, "revoked_at": None}
    family.generation += 1
    changed = {
        "generation": family.generation,
        "current_hash": digest_of(secret_of(scope.keys, family, family.generation)),
        "previous_hash": family.current_hash,
        "rotated_at": scope.at,
        "idle_expires_at": scope.at + lifetimes_of(user, grants, _proof(family)).idle,
        "updated_at": scope.at,
        "last_seen_at": scope.at,
        "last_ip_prefix": device.ip_prefix,
        "user_agent": family.user_agent,
        "proved_at": family.proved_at,
        "permission_version": user.permission_version,
    }
    scope.unit.update(RefreshFamily, guard, {"$set": changed})
    return await _opened(scope, desk, user, family)


async def _repeat(scope: Scope, desk: Desk, user: User, family: RefreshFamily, device: Device) -> OpenSession:
    """The successor once more, for a reply that was lost or a tab that asked at the same time."""
    if _suspect(scope, family, device):
        guard = {"_id": family.id, "current_hash": family.current_hash, "revoked_at": None}
        changed = {"user_agent": family.user_agent, "proved_at": family.proved_at}
        scope.unit.update(RefreshFamily, guard, {"$set": changed})
    return await _opened(scope, desk, user, family)


def _suspect(scope: Scope, family: RefreshFamily, device: Device) -> bool:
    """A refresh token that turns up in another browser proves nothing any more: its holder has to step up."""
    changed = not is_same_family(device.user_agent, family.user_agent)
    if changed:
        family.proved_at = NEVER
        scope.unit.audit("session.suspected", f"user:{family.user_id}", session=str(family.id), reason="user_agent")
    family.user_agent = device.user_agent
    return changed


async def _succeed(scope: Scope, desk: Desk, user: User, family: RefreshFamily, device: Device) -> OpenSession:
    """The user's rights have changed: go on under a new id, with the old proof and no longer than before."""
    successor = await _new_family(scope, user, device, _proof(family))
    successor.expires_at = min(successor.expires_at, family.expires_at)
    successor.device_mark, successor.ip_prefix = family.device_mark, family.ip_prefix
    end_family(scope, family, REPLACED, successor_id=successor.id)
    return await _opened(scope, desk, user, successor)


async def _follow(scope: Scope, desk: Desk, user: User, family: RefreshFamily, secret: str) -> OpenSession:
    """A token of a session that goes on under another id; where only rights have changed, the rules of old tokens."""
    if not was_ever(scope.keys, family, secret):
        raise SessionEnded
    successor = await RefreshFamily.get(family.successor_id) if family.successor_id else None
    if successor is None:
        raise SessionReplaced
    is_unused = is_alive(successor, scope.at) and successor.generation == 1
    is_last = hmac.compare_digest(digest_of(secret), family.current_hash)
    if is_last and is_unused and scope.at - successor.created_at <= GRACE:
        return await _opened(scope, desk, user, successor)
    while successor.successor_id and (later := await RefreshFamily.get(successor.successor_id)):
        successor = later
    if is_alive(successor, scope.at):
        _reused(scope, successor)
    raise SessionEnded


def _reused(scope: Scope, family: RefreshFamily) -> None:
    """Two hold the same token, and one of them is a thief: nobody goes on with it."""
    end_family(scope, family, "refresh_reused")
    notify(scope, family.user_id, Notice.TOKEN_REUSED)


def _proof(family: RefreshFamily) -> Proof:
    return Proof(family.proved_at, family.methods)


async def _opened(
    scope: Scope, desk: Desk, user: User, family: RefreshFamily, device_id: str | None = None
) -> OpenSession:
    access = desk.tokens.mint(user, family.id, scope.at, _proof(family), await grants_of(user, scope.at))
    token = f"rt_{family.id}.{secret_of(scope.keys, family, family.generation)}"
    return OpenSession(user, access, token, family.expires_at, device_id)
