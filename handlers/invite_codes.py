"""Invite codes over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Route
from schemas.invite_codes import InviteCodeIn, InviteCodeOut, NewInviteCodeOut
from schemas.page import Page, PageQuery
from services.accounts import invite_codes
from services.permissions import Permission as P
from services.scopes import InviteCodeScope, Scope


async def list_invite_codes(call: Call[Scope, PageQuery]) -> Page[InviteCodeOut]:
    """List the invite codes, the newest first."""
    return await invite_codes.list_invite_codes(call.scope, call.input)


async def make_invite_code(call: Call[Scope, InviteCodeIn]) -> NewInviteCodeOut:
    """Make an invite code; no other answer shows it."""
    return await invite_codes.make_invite_code(call.scope, call.input)


async def revoke_invite_code(call: Call[InviteCodeScope, None]) -> InviteCodeOut:
    """Let nobody else sign up with an invite code."""
    return await invite_codes.revoke_invite_code(call.scope)


ALL, MANAGE = "/admin/invite-codes", P.INVITE_CODE_MANAGE

ROUTES = (
    Route("GET", ALL, list_invite_codes, InviteCodeOut, MANAGE, query=PageQuery, listed=True),
    Route(
        "POST",
        ALL,
        make_invite_code,
        NewInviteCodeOut,
        MANAGE,
        body=InviteCodeIn,
        status=HTTPStatus.CREATED,
        example={"role": "instructor", "uses": 1, "expiresInDays": 14},
        stored=False,
        step_up=True,
    ),
    Route(
        "DELETE", f"{ALL}/{{invite_code_id}}", revoke_invite_code, InviteCodeOut, MANAGE, about="path.invite_code_id"
    ),
)
