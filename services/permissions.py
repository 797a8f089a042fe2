"""The ROLE_PERMISSIONS table: which role may do what, and how far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from schemas.types import UserRole


class Permission(StrEnum):
    """Named `object.action`."""

    ANNOUNCEMENT_POST = "announcement.post"
    ANNOUNCEMENT_READ = "announcement.read"
    API_KEY_MANAGE = "api_key.manage"
    AUDIT_READ = "audit.read"
    COURSE_CREATE = "course.create"
    COURSE_DELETE = "course.delete"
    COURSE_FOLLOW = "course.follow"
    COURSE_READ = "course.read"
    COURSE_READ_DRAFT = "course.read_draft"
    COURSE_UPDATE = "course.update"
    ENROLLMENT_MANAGE = "enrollment.manage"
    ENROLLMENT_READ = "enrollment.read"
    ENROLLMENT_SELF = "enrollment.self"
    REALTIME_OPERATE = "realtime.operate"
    USER_READ_SELF = "user.read_self"
    USER_SUSPEND = "user.suspend"


class Reach(IntEnum):
    """How far a permission goes: to oneself, to courses one is in, to courses one teaches, to all."""

    SELF = 1
    MEMBER = 2
    STAFF = 3
    ALL = 4


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """A role has what the role above it has, plus `grants`, less `denies`; a denial always wins."""

    grants: Mapping[Permission, Reach]
    inherits: UserRole | None = None
    denies: frozenset[Permission] = frozenset()


P, R = Permission, Reach

ROLE_PERMISSIONS: Final[Mapping[UserRole, RolePermissions]] = {
    UserRole.GUEST: RolePermissions({P.COURSE_READ: R.ALL}),
    UserRole.STUDENT: RolePermissions(
        {
            P.ANNOUNCEMENT_READ: R.MEMBER,
            P.API_KEY_MANAGE: R.SELF,
            P.COURSE_FOLLOW: R.MEMBER,
            P.ENROLLMENT_SELF: R.SELF,
            P.USER_READ_SELF: R.SELF,
        },
        inherits=UserRole.GUEST,
    ),
    UserRole.INSTRUCTOR: RolePermissions(
        {
            P.ANNOUNCEMENT_POST: R.STAFF,
            P.COURSE_CREATE: R.SELF,
            P.COURSE_DELETE: R.STAFF,
            P.COURSE_READ_DRAFT: R.STAFF,
            P.COURSE_UPDATE: R.STAFF,
            P.ENROLLMENT_MANAGE: R.STAFF,
            P.ENROLLMENT_READ: R.STAFF,
        },
        inherits=UserRole.STUDENT,
    ),
    UserRole.PROMOTER: RolePermissions({}, inherits=UserRole.STUDENT),
    UserRole.MENTOR: RolePermissions({}, inherits=UserRole.STUDENT),
    UserRole.TUTOR: RolePermissions({}, inherits=UserRole.STUDENT),
    UserRole.FACILITATOR: RolePermissions({}, inherits=UserRole.STUDENT),
    UserRole.MANAGER: RolePermissions({P.AUDIT_READ: R.ALL}, inherits=UserRole.STUDENT),
    UserRole.ADMIN: RolePermissions(dict.fromkeys(Permission, R.ALL), inherits=UserRole.INSTRUCTOR),
}


def _resolve(role: UserRole) -> Mapping[Permission, Reach]:
    row = ROLE_PERMISSIONS[role]
    inherited = _resolve(row.inherits) if row.inherits else {}
    held = {**inherited, **row.grants}
    return {permission: reach for permission, reach in held.items() if permission not in row.denies}


_HELD: Final = {role: _resolve(role) for role in UserRole}


def reach_of(role: UserRole, permission: Permission) -> Reach | None:
    """Return how far the role's permission goes; None when the role lacks it."""
    return _HELD[role].get(permission)


@dataclass(frozen=True, slots=True)
class Grants:
    """What a caller holds, or lacks, beside the primary role.

    `roles` and `denied` count everywhere; `scoped` are the roles that the caller holds in some courses, cohorts or
    the like, which the door to such a thing looks up; `only` is all that an API key may do, None for people.
    """

    roles: frozenset[UserRole] = frozenset()
    denied: frozenset[Permission] = frozenset()
    scoped: frozenset[UserRole] = frozenset()
    only: frozenset[Permission] | None = None

    def reach(self, role: UserRole, permission: Permission) -> Reach | None:
        """How far the permission goes for this primary role with these grants; a denial wins over every role."""
        if permission in self.denied or (self.only is not None and permission not in self.only):
            return None
        held = (reach_of(one, permission) for one in {role, *self.roles})
        return max((reach for reach in held if reach is not None), default=None)


NO_GRANTS: Final = Grants()
