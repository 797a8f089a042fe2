"""Invitations: a mailed secret with which the owner of an account without password sets one."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterable
from datetime import timedelta

from beanie import PydanticObjectId

from models.accounts import Invitation, User
from schemas.accounts import AcceptInviteIn
from schemas.jobs import InvitationMailArgs
from services.accounts import pending
from services.accounts.desk import Desk, Device
from services.accounts.pending import PendingSignIn
from services.accounts.sessions import OpenSession, open_session
from services.crypto import Keyring, digest_of
from services.errors import AccountSuspended, InviteUnknown
from services.scopes import Scope

LIFE = timedelta(days=14)

_TOKEN = re.compile(r"inv_([0-9a-f]{24})\.([0-9a-f]{64})")


def invite(scope: Scope, user: User, course_id: PydanticObjectId) -> None:
    """Let the user set a password within 14 days; the mail leaves after the commit."""
    invitation_id, nonce = PydanticObjectId(), os.urandom(16)
    invitation = Invitation(
        id=invitation_id,
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        course_id=course_id,
        nonce=nonce,
        secret_hash=digest_of(_secret(scope.keys, invitation_id, nonce)),
        expires_at=scope.at + LIFE,
    )
    scope.unit.insert(invitation)
    scope.unit.enqueue("mail.invitation", InvitationMailArgs(invitation_id=str(invitation_id)))
    scope.unit.audit("user.invited", f"user:{user.id}")


def token_of(invitation: Invitation, keys: Keyring) -> str:
    """The token as the mail carries it: derived again, so that it is stored nowhere."""
    return f"inv_{invitation.id}.{_secret(keys, invitation.id, invitation.nonce)}"


async def invited(scope: Scope, users: Iterable[PydanticObjectId]) -> set[PydanticObjectId]:
    """Those of the users who hold an invitation that is still good."""
    where = {"user_id": {"$in": list(users)}, "expires_at": {"$gt": scope.at}}
    return {row["user_id"] async for row in Invitation.get_pymongo_collection().find(where, {"user_id": 1})}


async def accept(scope: Scope, desk: Desk, draft: AcceptInviteIn, device: Device) -> OpenSession | PendingSignIn:
    """Set the password, once, and sign in with it. One refusal for whatever is wrong with the token."""
    invitation = await _presented(draft.token)
    if invitation is None or invitation.accepted_at is not None or invitation.expires_at <= scope.at:
        raise InviteUnknown
    user = await User.get(invitation.user_id)
    if user is None or user.password_hash is not None:
        raise InviteUnknown
    if not user.is_active:
        raise AccountSuspended
    scope.unit.change(user, password_hash=await desk.passwords.hash(draft.password), email_verified_at=scope.at)
    scope.unit.change(invitation, accepted_at=scope.at)
    scope.unit.audit("user.invitation_accepted", f"user:{user.id}")
    return await pending.begin(scope, user, ("pwd",)) or await open_session(scope, desk, user, device)


async def _presented(token: str) -> Invitation | None:
    match = _TOKEN.fullmatch(token)
    invitation = await Invitation.get(PydanticObjectId(match[1])) if match else None
    if match is None or invitation is None:
        return None
    return invitation if hmac.compare_digest(digest_of(match[2]), invitation.secret_hash) else None


def _secret(keys: Keyring, invitation_id: PydanticObjectId, nonce: bytes) -> str:
    return keys.refresh.of("invitation", str(invitation_id), nonce)
