"""The ROLE_PERMISSIONS table, and how it is read."""

import pytest

from schemas.types import UserRole
from services import permissions
from services.permissions import ROLE_PERMISSIONS, Permission, Reach, RolePermissions, reach_of

P, R = Permission, Reach


def held(role: UserRole) -> dict[Permission, Reach]:
    return {permission: reach for permission in P if (reach := reach_of(role, permission)) is not None}


def test_every_role_has_a_row():
    """No role is forgotten, so that none falls back to anything."""
    assert set(ROLE_PERMISSIONS) == set(UserRole)


def test_every_permission_is_granted_to_someone():
    """A permission that nobody holds guards a door that nobody can open."""
    assert set().union(*(held(role) for role in UserRole)) == set(P)


def test_a_guest_only_reads():
    """Without a token nothing can be changed, and nothing that is not public can be read."""
    assert held(UserRole.GUEST) == {P.COURSE_READ: R.ALL}


@pytest.mark.parametrize("role", [role for role in UserRole if ROLE_PERMISSIONS[role].inherits])
def test_inheritance(role):
    """A role reaches at least as far as the one that it inherits from, but for what it denies."""
    row = ROLE_PERMISSIONS[role]
    for permission, reach in held(row.inherits).items():
        assert permission in row.denies or reach_of(role, permission) >= reach


def test_an_administrator_reaches_everything():
    """The office can do whatever anyone can, everywhere."""
    assert held(UserRole.ADMIN) == dict.fromkeys(P, R.ALL)


@pytest.mark.parametrize("role", [UserRole.GUEST, UserRole.STUDENT])
def test_only_staff_write_for_others(role):
    """Neither guests nor students hold anything that changes what belongs to others."""
    assert all(reach <= R.MEMBER or permission is P.COURSE_READ for permission, reach in held(role).items())


def test_a_denial_wins(monkeypatch):
    """What a role denies it lacks, granted or inherited, and whoever inherits from it lacks it too."""
    table = {
        UserRole.GUEST: RolePermissions({P.COURSE_READ: R.ALL, P.COURSE_FOLLOW: R.ALL}),
        UserRole.STUDENT: RolePermissions(
            {P.ENROLLMENT_SELF: R.SELF}, UserRole.GUEST, denies=frozenset({P.COURSE_FOLLOW, P.ENROLLMENT_SELF})
        ),
        UserRole.INSTRUCTOR: RolePermissions({P.COURSE_READ: R.STAFF}, UserRole.STUDENT),
    }
    monkeypatch.setattr(permissions, "ROLE_PERMISSIONS", table)

    assert permissions._resolve(UserRole.INSTRUCTOR) == {P.COURSE_READ: R.STAFF}  # noqa: SLF001 - no row denies yet


def test_names():
    """A permission is named `object.action`, and the table of names is in order."""
    assert all(name.count(".") == 1 and name == name.lower() for name in P)
    assert list(P) == sorted(P)
