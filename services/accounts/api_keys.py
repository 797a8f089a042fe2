"""API keys: what a program sends instead of a session's token, and what it may do with it.

A key reads `ck_`, its id, 32 random bytes and a checksum, in letters and digits alone, so that scanners of source
code recognise one that was published (`docs/security.md`).
"""

from __future__ import annotations

import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.api_keys import ApiKey
from schemas.api_keys import ApiKeyIn, ApiKeyMadeOut, ApiKeyOut
from schemas.envelope import FieldError
from schemas.jobs import Notice
from schemas.page import Page, PageQuery, page_of
from services.accounts.errors import TooManyApiKeys
from services.accounts.notices import notify
from services.accounts.roles import grants_of
from services.accounts.tokens import Claims
from services.crypto import digest_of
from services.errors import AccountSuspended, InvalidInput, NotAuthenticated
from services.permissions import Permission
from services.scopes import ApiKeyScope, Scope

PREFIX: Final = "ck_"
AT_MOST: Final = 20
DEFAULT_LIFE: Final = timedelta(days=90)
LONGEST_LIFE: Final = timedelta(days=365)

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH, _CHECK_LENGTH = 43, 6
_KEY = re.compile(rf"({PREFIX}([0-9a-f]{{24}})[0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECK_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was looked up: whom it speaks for, from which network, and when that was last written down."""

    key_id: PydanticObjectId
    claims: Claims
    cidr: str | None
    last_used_at: datetime | None

    def check_address(self, address: str) -> None:
        """Refuse a call from outside the key's network, in the words of every bad key."""
        if self.cidr is not None and not (address and ip_address(address) in ip_network(self.cidr)):
            raise NotAuthenticated


async def make(scope: Scope, draft: ApiKeyIn) -> ApiKeyMadeOut:
    """Make a key that can do at most what its owner can; its text is shown in this answer and never again."""
    scope.require(Permission.API_KEY_MANAGE)
    owner = scope.actor.object_id
    if await ApiKey.find({"user_id": owner, "revoked_at": None, "expires_at": {"$gt": scope.at}}).count() >= AT_MOST:
        raise TooManyApiKeys(limit=AT_MOST)
    key_id = PydanticObjectId()
    text = _new_text(key_id)
    key = ApiKey(
        id=key_id,
        created_at=scope.at,
        updated_at=scope.at,
        user_id=owner,
        name=draft.name,
        secret_hash=digest_of(text),
        scopes=_scopes(scope, draft.scopes),
        expires_at=_end(scope, draft.expires_at),
        cidr=draft.cidr,
    )
    scope.unit.insert(key)
    limits = {"scopes": ", ".join(key.scopes), "cidr": key.cidr, "until": key.expires_at.isoformat()}
    scope.unit.audit("api_key.created", f"api_key:{key.id}", name=key.name, **limits)
    notify(scope, owner, Notice.KEY_CREATED)
    return ApiKeyMadeOut.model_validate({**key.model_dump(), "key": text})


async def list_own(scope: Scope, query: PageQuery) -> Page[ApiKeyOut]:
    """The keys of the caller that are not revoked, newest first; those that have expired too."""
    scope.require(Permission.API_KEY_MANAGE)
    own = ApiKey.find({"user_id": scope.actor.object_id, "revoked_at": None})
    total = await own.count()
    keys = await own.sort("-created_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([ApiKeyOut.model_validate(key) for key in keys], query, total)


def revoke(scope: ApiKeyScope) -> None:
    """Void the key on every instance, and close what it has opened; a second time changes nothing."""
    scope.require(Permission.API_KEY_MANAGE)
    if scope.key.revoked_at is None:
        scope.unit.change(scope.key, revoked_at=scope.at)
        scope.unit.revoke(f"sid:{scope.key.id}", "key_revoked")
        scope.unit.audit("api_key.revoked", f"api_key:{scope.key.id}", name=scope.key.name)


async def look_up(text: str, at: datetime) -> KnownKey:
    """Whom a key speaks for, or `NotAuthenticated`: one refusal for whatever is wrong with it."""
    match = _KEY.fullmatch(text)
    key = await ApiKey.get(PydanticObjectId(match[2])) if match and _check(match[1]) == match[3] else None
    if key is None or not hmac.compare_digest(digest_of(text), key.secret_hash):
        raise NotAuthenticated
    user = await User.get(key.user_id)
    if user is None or key.revoked_at is not None or key.expires_at <= at:
        raise NotAuthenticated
    if not user.is_active:
        raise AccountSuspended
    held = await grants_of(user, at)
    only = frozenset(Permission(name) for name in key.scopes if name in set(Permission))
    claims = Claims(
        user_id=str(user.id),
        session_id=str(key.id),
        role=user.role,
        permission_version=user.permission_version,
        expires_at=key.expires_at.timestamp(),
        grants=replace(held, only=only),
    )
    return KnownKey(key.id, claims, key.cidr, key.last_used_at)


def _new_text(key_id: PydanticObjectId) -> str:
    body = f"{PREFIX}{key_id}{_in_digits(int.from_bytes(secrets.token_bytes(32)), _SECRET_LENGTH)}"
    return body + _check(body)


def _check(body: str) -> str:
    return _in_digits(zlib.crc32(body.encode()), _CHECK_LENGTH)


def _in_digits(number: int, length: int) -> str:
    found = ""
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found


def _scopes(scope: Scope, asked: list[str]) -> tuple[str, ...]:
    """Permissions that exist, that the owner holds, and that a program may have at all."""
    held = {permission.value for permission in Permission if scope.actor.reach(permission) is not None}
    held -= {Permission.API_KEY_MANAGE.value}
    if unknown := sorted(set(asked) - held):
        message = f"Not yours to give: {', '.join(unknown)}."
        raise InvalidInput(fields=[FieldError(path="scopes", code="scope_not_held", message=message)])
    return tuple(sorted(set(asked)))


def _end(scope: Scope, asked: datetime | None) -> datetime:
    end = asked or scope.at + DEFAULT_LIFE
    if not scope.at < end <= scope.at + LONGEST_LIFE:
        message = "A key lives for a year at most, and ends in the future."
        raise InvalidInput(fields=[FieldError(path="expiresAt", code="expiry", message=message)])
    return end
