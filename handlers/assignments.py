"""Roles and denials beside the primary role, over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Answer, Call, Route
from schemas.accounts import DoneOut
from schemas.assignments import AssignmentIn, AssignmentOut, RolesOut
from schemas.page import Page, PageQuery
from services.accounts import assignments
from services.accounts.errors import GrantCycle, GrantNotHeld, SelfGrant
from services.permissions import Permission as P
from services.scopes import AssignmentScope, Scope, UserScope


async def list_assignments(call: Call[UserScope, PageQuery]) -> Page[AssignmentOut]:
    """List what an account holds, and is denied, beside its primary role."""
    return await assignments.list_assignments(call.scope, call.input)


async def assign(call: Call[UserScope, AssignmentIn]) -> Answer:
    """Give a role, or deny a permission, in one place or everywhere; 200 where it is held already."""
    made, is_new = await assignments.assign(call.scope, call.input)
    return Answer(made, HTTPStatus.CREATED if is_new else HTTPStatus.OK)


async def unassign(call: Call[AssignmentScope, None]) -> DoneOut:
    """Take a role back, or lift a denial."""
    await assignments.unassign(call.scope)
    return DoneOut()


async def read_permissions(call: Call[Scope, None]) -> RolesOut:
    """Show what each role may do, and how far."""
    return assignments.roles(call.scope)


OF_USER = "/users/{user_id}/assignments"

ROUTES = (
    Route(
        "GET",
        OF_USER,
        list_assignments,
        AssignmentOut,
        P.USER_READ,
        query=PageQuery,
        about="path.user_id",
        listed=True,
    ),
    Route(
        "POST",
        OF_USER,
        assign,
        AssignmentOut,
        P.USER_GRANT,
        body=AssignmentIn,
        about="path.user_id",
        status=HTTPStatus.CREATED,
        also=(HTTPStatus.OK,),
        example={"role": "tutor", "scopeType": "system"},
        step_up=True,
        raises=(GrantCycle, GrantNotHeld, SelfGrant),
    ),
    Route(
        "DELETE",
        "/role-assignments/{assignment_id}",
        unassign,
        DoneOut,
        P.USER_GRANT,
        about="path.assignment_id",
        step_up=True,
        raises=(GrantNotHeld, SelfGrant),
    ),
    Route("GET", "/admin/permissions", read_permissions, RolesOut, P.USER_GRANT),
)
