"""Invite codes: with them strangers sign up in a role that is not open to everyone."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from models.access import InviteCode
from schemas.invite_codes import InviteCodeIn, InviteCodeOut, NewInviteCodeOut
from schemas.page import Page, PageQuery, page_of
from schemas.types import UserRole
from services.accounts.errors import InviteCodeUnknown
from services.crypto import digest_of
from services.permissions import Permission
from services.scopes import InviteCodeScope, Scope

BYTES = 16


async def make_invite_code(scope: Scope, draft: InviteCodeIn) -> NewInviteCodeOut:
    """Make a code. It is in this answer and nowhere else: its hash alone is stored."""
    scope.require(Permission.INVITE_CODE_MANAGE)
    code = f"ic_{secrets.token_urlsafe(BYTES)}"
    made = InviteCode(
        created_at=scope.at,
        updated_at=scope.at,
        code_hash=digest_of(code),
        role=draft.role,
        uses=draft.uses,
        expires_at=scope.at + timedelta(days=draft.expires_in_days),
        created_by=scope.actor.object_id,
    )
    scope.unit.insert(made)
    scope.unit.audit("invite_code.made", f"invite_code:{made.id}", role=made.role.value, uses=made.uses)
    return NewInviteCodeOut(**_render(made, scope.at).model_dump(), code=code)


async def list_invite_codes(scope: Scope, query: PageQuery) -> Page[InviteCodeOut]:
    """All codes, the newest first."""
    scope.require(Permission.INVITE_CODE_MANAGE)
    total = await InviteCode.find().count()
    found = await InviteCode.find().sort("-created_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([_render(one, scope.at) for one in found], query, total)


async def revoke_invite_code(scope: InviteCodeScope) -> InviteCodeOut:
    """Let nobody else sign up with the code; a second time changes nothing."""
    scope.require(Permission.INVITE_CODE_MANAGE)
    code = scope.invite_code
    if code.revoked_at is None:
        scope.unit.change(code, revoked_at=scope.at)
        scope.unit.audit("invite_code.revoked", f"invite_code:{code.id}", used=code.used, uses=code.uses)
    return _render(code, scope.at)


async def redeem(scope: Scope, code: str) -> UserRole:
    """Use the code once, and yield its role. Of two who use it for the last time at once, one runs again and fails."""
    found = await InviteCode.find_one({"code_hash": digest_of(code)})
    if found is None or not _is_open(found, scope.at):
        raise InviteCodeUnknown
    scope.unit.update(
        InviteCode,
        {"_id": found.id, "used": {"$lt": found.uses}, "revoked_at": None},
        {"$inc": {"used": 1}, "$set": {"updated_at": scope.at}},
    )
    scope.unit.audit("invite_code.used", f"invite_code:{found.id}", role=found.role.value)
    return found.role


def _is_open(code: InviteCode, at: datetime) -> bool:
    return code.revoked_at is None and code.used < code.uses and code.expires_at > at


def _render(code: InviteCode, at: datetime) -> InviteCodeOut:
    return InviteCodeOut.model_validate({**code.model_dump(), "invite_code_id": code.id, "is_open": _is_open(code, at)})
