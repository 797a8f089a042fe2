"""Mailed tokens: a secret that only the reader of an address has, for one purpose, once."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailedToken, MailPurpose
from schemas.jobs import VerificationMailArgs
from services.accounts.errors import MailedTokenUnknown
from services.crypto import Keyring, digest_of
from services.errors import AccountSuspended
from services.scopes import Scope
from services.unit import Unit

LIFE: Final = {MailPurpose.RESET: timedelta(minutes=30), MailPurpose.VERIFY: timedelta(days=3)}

_TOKEN = re.compile(r"(reset|verify)_([0-9a-f]{24})\.([0-9a-f]{64})")


def issue(unit: Unit, keys: Keyring, user: User, purpose: MailPurpose, token_id: PydanticObjectId) -> MailedToken:
    """Make a token; those before it do not count any more. The same id gives the same one, so a job may run again."""
    mailed = MailedToken(
        id=token_id,
        created_at=unit.at,
        updated_at=unit.at,
        user_id=user.id,
        purpose=purpose,
        email_bidx=user.email_bidx,
        secret_hash=digest_of(_secret(keys, token_id)),
        expires_at=unit.at + LIFE[purpose],
    )
    unit.insert(mailed)
    return mailed


def ask_to_verify(scope: Scope, user: User) -> None:
    """Mail a token that proves who reads the address that the account has now."""
    mailed = issue(scope.unit, scope.keys, user, MailPurpose.VERIFY, PydanticObjectId())
    scope.unit.enqueue("mail.verification", VerificationMailArgs(user_id=str(user.id), id=str(mailed.id)))


def token_of(mailed: MailedToken, keys: Keyring) -> str:
    """The token as the mail carries it: derived again, so that it is stored nowhere."""
    return f"{mailed.purpose}_{mailed.id}.{_secret(keys, mailed.id)}"


async def newest(user_id: PydanticObjectId, purpose: MailPurpose) -> MailedToken | None:
    """The one that may count."""
    mine = MailedToken.find({"user_id": user_id, "purpose": purpose})
    found: MailedToken | None = await mine.sort("-created_at", "-_id").first_or_none()
    return found


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
    mailed = await newest(user.id, purpose)
    if mailed is not None and _is_alive(mailed, scope.at):
        scope.unit.change(mailed, used_at=scope.at)


def _is_alive(mailed: MailedToken, at: datetime) -> bool:
    return mailed.used_at is None and at < mailed.expires_at


async def _presented(token: str, purpose: MailPurpose) -> MailedToken | None:
    match = _TOKEN.fullmatch(token)
    mailed = await MailedToken.get(PydanticObjectId(match[2])) if match else None
    if match is None or mailed is None or {match[1], mailed.purpose.value} != {purpose.value}:
        return None
    last = await newest(mailed.user_id, purpose)
    is_right = hmac.compare_digest(digest_of(match[3]), mailed.secret_hash)
    return mailed if is_right and last is not None and last.id == mailed.id else None


def _secret(keys: Keyring, token_id: PydanticObjectId) -> str:
    return keys.refresh.of("mailed token", str(token_id))
