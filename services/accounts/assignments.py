"""Giving people roles beside their primary one, in one place or everywhere, and denying them single permissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from beanie import PydanticObjectId
from pydantic import JsonValue

from models.access import RoleAssignment
from models.accounts import User
from models.courses import Course
from schemas.assignments import AssignmentIn, AssignmentOut, HeldOut, RoleOut, RolesOut
from schemas.envelope import FieldError
from schemas.page import Page, PageQuery, page_of
from schemas.types import ScopeType, UserRole, to_milliseconds
from services.accounts.errors import GrantCycle, GrantNotHeld, SelfGrant
from services.accounts.rights import change_rights
from services.accounts.roles import alive
from services.errors import InvalidInput, NotFound
from services.permissions import (
    ASSIGNABLE,
    BELOW_MANAGER,
    ROLE_PERMISSIONS,
    Permission,
    Reach,
    names_of,
    reaches_of,
)
from services.scopes import AssignmentScope, Scope, UserScope
from services.unit import Match

People: TypeAlias = set[PydanticObjectId]

PLACES: Final = {
    ScopeType.COURSE: (Course, {"deleted_at": None}),
    ScopeType.USER: (User, {}),
}
"""What the id of a scope names. A scope without a row here has no objects yet, so nothing can be given there."""


def refuse_unheld(scope: Scope, role: UserRole) -> None:
    """Nobody gives what is not theirs: managers only roles below their own, and nobody what was denied to them."""
    grants, reaches = scope.actor.grants, scope.actor.reaches(Permission.USER_GRANT)
    is_below = Reach.ALL in reaches or role in BELOW_MANAGER | {UserRole.STUDENT}
    if not is_below or any(grants.refuses(one) for one in Permission if reaches_of(role, one)):
        raise GrantNotHeld


async def list_assignments(scope: UserScope, query: PageQuery) -> Page[AssignmentOut]:
    """Everything that the account was given or denied, the newest first, expired ones too."""
    scope.require(Permission.USER_READ)
    where = {"user_id": scope.user.id}
    total = await RoleAssignment.find(where).count()
    rows = await RoleAssignment.find(where).sort("-created_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([_render(row, scope) for row in rows], query, total)


async def assign(scope: UserScope, draft: AssignmentIn) -> tuple[AssignmentOut, bool]:
    """Give a role or deny a permission. A second time only the end may change; yields whether it is new."""
    scope.require(Permission.USER_GRANT)
    if scope.is_own:
        raise SelfGrant
    _refuse_senseless(scope, draft)
    if draft.role is not None:
        refuse_unheld(scope, draft.role)
        await _refuse_circle(scope, draft)
    scope_id = await _place(draft)
    key: Match = {"scope_type": draft.scope_type, "scope_id": scope_id, "role": draft.role, "denies": draft.denies}
    expires = to_milliseconds(draft.expires_at) if draft.expires_at else None
    found = await RoleAssignment.find_one({"user_id": scope.user.id, **key})
    if found is not None and found.expires_at == expires:
        return _render(found, scope), False
    before = _end_of(found) if found else None
    if found is not None:
        scope.unit.change(found, expires_at=expires, granted_by=scope.actor.object_id)
    row = found or RoleAssignment(
        created_at=scope.at,
        updated_at=scope.at,
        user_id=scope.user.id,
        granted_by=scope.actor.object_id,
        role=draft.role,
        denies=draft.denies,
        scope_type=draft.scope_type,
        scope_id=scope_id,
        expires_at=expires,
    )
    if found is None:
        scope.unit.insert(row)
    change_rights(scope, scope.user)
    scope.unit.audit("assignment.made", f"user:{scope.user.id}", **_told(row), before=before, after=_end_of(row))
    return _render(row, scope), found is None


async def unassign(scope: AssignmentScope) -> None:
    """Take a role back, or lift a denial, which is to give what it denied."""
    scope.require(Permission.USER_GRANT)
    row = scope.assignment
    if scope.is_own:
        raise SelfGrant
    if row.denies is not None and names_of([row.denies]) & scope.actor.grants.denied:
        raise GrantNotHeld
    scope.unit.remove(RoleAssignment, {"_id": row.id})
    change_rights(scope, scope.user)
    scope.unit.audit("assignment.removed", f"user:{scope.user.id}", **_told(row), before=_end_of(row), after=None)


def roles(scope: Scope) -> RolesOut:
    """The table of roles, for those who give them."""
    scope.require(Permission.USER_GRANT)
    table = [
        RoleOut(
            role=role,
            inherits=ROLE_PERMISSIONS[role].inherits,
            permissions=[
                HeldOut(permission=one, reaches=[reach.name.lower() for reach in sorted(reaches)])
                for one in Permission
                if (reaches := reaches_of(role, one))
            ],
            scopes=sorted(ASSIGNABLE.get(role, ())),
        )
        for role in UserRole
    ]
    return RolesOut(roles=table, permissions=[str(one) for one in Permission])


def _refuse_senseless(scope: UserScope, draft: AssignmentIn) -> None:
    """What no role, no permission and no clock could mean."""
    wrong = []
    if draft.role is not None and draft.scope_type not in ASSIGNABLE.get(draft.role, ()):
        wrong.append(FieldError(path="scopeType", code="scope_type", message="This role does not count there."))
    if draft.denies is not None and not names_of([draft.denies]):
        wrong.append(FieldError(path="denies", code="permission", message="There is no such permission."))
    if draft.expires_at is not None and draft.expires_at <= scope.at:
        wrong.append(FieldError(path="expiresAt", code="past", message="This moment has passed."))
    if wrong:
        raise InvalidInput(fields=wrong)


async def _place(draft: AssignmentIn) -> PydanticObjectId | None:
    if draft.scope_id is None:
        return None
    scope_id = PydanticObjectId(draft.scope_id)
    model, where = PLACES.get(draft.scope_type, (None, {}))
    if model is None or await model.find_one({"_id": scope_id, **where}) is None:
        raise NotFound
    return scope_id


async def _refuse_circle(scope: UserScope, draft: AssignmentIn) -> None:
    """Neither those on whose grants the caller's rights rest are given any, nor do mentors mentor each other."""

    async def granters(people: People) -> People:
        rows = RoleAssignment.find({"user_id": {"$in": list(people)}, "role": {"$ne": None}, **alive(scope.at)})
        return {row.granted_by async for row in rows}

    async def mentors(people: People) -> People:
        of_these = {"scope_type": ScopeType.USER, "scope_id": {"$in": list(people)}, "role": UserRole.MENTOR}
        return {row.user_id async for row in RoleAssignment.find({**of_these, **alive(scope.at)})}

    user_id = scope.user.id
    if await _is_reached(user_id, scope.actor.object_id, granters):
        raise GrantCycle
    if draft.scope_type is ScopeType.USER and draft.scope_id is not None:
        mentee = PydanticObjectId(draft.scope_id)
        if mentee == user_id or await _is_reached(mentee, user_id, mentors):
            raise GrantCycle


async def _is_reached(
    goal: PydanticObjectId, start: PydanticObjectId, step: Callable[[People], Awaitable[People]]
) -> bool:
    seen: People = set()
    edge: People = {start}
    while edge and goal not in seen:
        edge = await step(edge) - seen
        seen |= edge
    return goal in seen


def _told(row: RoleAssignment) -> dict[str, JsonValue]:
    place = f"{row.scope_type}:{row.scope_id}" if row.scope_id else row.scope_type.value
    return {"role": row.role, "denies": row.denies, "scope": place}


def _end_of(row: RoleAssignment) -> str:
    return row.expires_at.isoformat() if row.expires_at else "never ends"


def _render(row: RoleAssignment, scope: Scope) -> AssignmentOut:
    expired = row.expires_at is not None and row.expires_at <= scope.at
    return AssignmentOut.model_validate({**row.model_dump(), "assignment_id": row.id, "has_expired": expired})
