"""Mailed tokens: a secret that only the reader of an address has, for one purpose, once."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailedToken, MailPurpose
from services.access import Scope
from services.accounts.errors import MailedTokenUnknown
from services.crypto import Keyring, digest_of
from services.errors import AccountSuspended
from services.unit import Unit

LIFE: Final = {MailPurpose.RESET: timedelta(minutes=30), MailPurpose.VERIFY: timedelta(days=3)}

_TOKEN = re.compile(r"(reset|verify)_([0-9a-f]{24})\.([0-9a-f]{64})")


async def issue(unit: Unit, keys: Keyring, user: User, purpose: MailPurpose, nonce: PydanticObjectId) -> MailedToken:
    """Put a token into the place of the last one. The same `nonce` gives the same token, so a job may run again."""
    found = await MailedToken.find_one({"user_id": user.id, "purpose": purpose})
    if found is None:
        return make(unit, keys, user, purpose, nonce)
    return _renewed(unit, keys, found, user, nonce)


def token_of(mailed: MailedToken, keys: Keyring) -> str:
    """The token as the mail carries it: derived again, so that it is stored nowhere."""
    return f"{mailed.purpose}_{mailed.id}.{_secret(keys, mailed.id, mailed.nonce)}"


async def redeem(scope: Scope, token: str, purpose: MailPurpose) -> User:
    """Use the token up, and say whose it is. One refusal for whatever is wrong with it."""
    mailed = await _presented(token, purpose)
    user = await User.get(mailed.user_id) if mailed and _is_alive(mailed, scope.at) else None
    if mailed is None or user is None or user.email_bidx != mailed.email_bidx:
        raise MailedTokenUnknown
    if not user.is_active:
        raise AccountSuspended
    scope.unit.change(mailed, used_at=scope.at)
    return user


async def revoke(scope: Scope, user: User, purpose: MailPurpose) -> None:
    """Make a token that is still under way worthless."""
    mailed = await MailedToken.find_one({"user_id": user.id, "purpose": purpose})
    if mailed is not None and _is_alive(mailed, scope.at):
        scope.unit.change(mailed, used_at=scope.at)


def _is_alive(mailed: MailedToken, at: datetime) -> bool:
    return mailed.used_at is None and at < mailed.expires_at


async def _presented(token: str, purpose: MailPurpose) -> MailedToken | None:
    match = _TOKEN.fullmatch(token)
    mailed = await MailedToken.get(PydanticObjectId(match[2])) if match else None
    if match is None or mailed is None or mailed.purpose is not purpose or match[1] != purpose:
        return None
    return mailed if hmac.compare_digest(digest_of(match[3]), mailed.secret_hash) else None


def make(unit: Unit, keys: Keyring, user: User, purpose: MailPurpose, nonce: PydanticObjectId) -> MailedToken:
    """The first token of a user for a purpose."""
    mailed = MailedToken(
        id=nonce,
        created_at=unit.at,
        updated_at=unit.at,
        user_id=user.id,
        purpose=purpose,
        email_bidx=user.email_bidx,
        nonce=str(nonce),
        secret_hash=digest_of(_secret(keys, nonce, str(nonce))),
        expires_at=unit.at + LIFE[purpose],
    )
    unit.insert(mailed)
    return mailed


def _renewed(unit: Unit, keys: Keyring, mailed: MailedToken, user: User, nonce: PydanticObjectId) -> MailedToken:
    unit.change(
        mailed,
        email_bidx=user.email_bidx,
        nonce=str(nonce),
        secret_hash=digest_of(_secret(keys, mailed.id, str(nonce))),
        expires_at=unit.at + LIFE[mailed.purpose],
        used_at=None,
    )
    return mailed


def _secret(keys: Keyring, mailed_id: PydanticObjectId, nonce: str) -> str:
    return keys.refresh.of("mailed token", str(mailed_id), nonce)
