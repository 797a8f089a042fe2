"""The ROLE_PERMISSIONS table, and how it is read."""

import pytest

from schemas.types import ScopeType, UserRole
from services import permissions
from services.permissions import (
    ASSIGNABLE,
    BELOW_MANAGER,
    ROLE_PERMISSIONS,
    Grants,
    Permission,
    Reach,
    RolePermissions,
    names_of,
    reach_of,
    reaches_of,
)

P, R = Permission, Reach
STUDENTS = [UserRole.GUEST, UserRole.STUDENT]


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
    assert held(UserRole.GUEST) == {P.COURSE_READ: R.ALL, P.LESSON_PREVIEW: R.ALL}


def test_who_inherits_from_whom():
    """Guest, student, then the five roles of staff, of which instructors are facilitators too; managers are not."""
    parents = {role: row.inherits for role, row in ROLE_PERMISSIONS.items()}
    assert parents == {
        UserRole.GUEST: None,
        UserRole.STUDENT: UserRole.GUEST,
        **dict.fromkeys((UserRole.PROMOTER, UserRole.MENTOR, UserRole.TUTOR), UserRole.STUDENT),
        UserRole.FACILITATOR: UserRole.STUDENT,
        UserRole.INSTRUCTOR: UserRole.FACILITATOR,
        UserRole.MANAGER: UserRole.STUDENT,
        UserRole.ADMIN: UserRole.INSTRUCTOR,
    }


@pytest.mark.parametrize("role", [role for role in UserRole if ROLE_PERMISSIONS[role].inherits])
def test_inheritance(role):
    """A role has every reach of the one that it inherits from, but for what it denies."""
    row = ROLE_PERMISSIONS[role]
    for permission in held(row.inherits):
        assert permission in row.denies or reaches_of(role, permission) >= reaches_of(row.inherits, permission)


def test_an_administrator_reaches_everything():
    """The office can do whatever anyone can, everywhere."""
    assert held(UserRole.ADMIN) == dict.fromkeys(P, R.ALL)


@pytest.mark.parametrize("role", STUDENTS)
def test_only_staff_write_for_others(role):
    """Neither guests nor students hold anything that changes what belongs to others."""
    public = held(UserRole.GUEST)
    assert all(reach <= R.MEMBER or permission in public for permission, reach in held(role).items())


def test_managers_read_and_do_not_grade():
    """Separation of duty: a manager sees totals of grades, and neither writes nor posts nor reads one of others."""
    manager = held(UserRole.MANAGER)
    assert not {P.GRADE_WRITE, P.GRADE_POST, P.QUIZ_AUTHOR, P.ANNOUNCEMENT_POST, P.COURSE_UPDATE} & set(manager)
    assert (manager[P.GRADE_READ], manager[P.SUBMISSION_READ]) == (R.SELF, R.SELF)
    assert {manager[one] for one in (P.GRADE_READ_TOTALS, P.ACTIVITY_LOG_READ, P.COURSE_READ_DRAFT)} == {R.ALL}


def test_a_mentor_reads_of_those_assigned_only():
    """The four things of mentees, beside one's own."""
    added = {one: reaches_of(UserRole.MENTOR, one) - reaches_of(UserRole.STUDENT, one) for one in P}
    assert {one for one, reaches in added.items() if reaches == {R.ASSIGNED}} == {
        P.ANALYTICS_READ,
        P.GRADE_READ,
        P.MESSAGE_SEND,
        P.SUBMISSION_READ,
    }
    assert all(reaches <= {R.ASSIGNED} for reaches in added.values())


def test_accounts_are_managed_from_above():
    """Managers manage staff below them, and neither students nor each other; the office manages everyone."""
    for one in (P.USER_END_SESSIONS, P.USER_GRANT, P.USER_LIST, P.USER_SUSPEND, P.USER_READ_ACTIVITY):
        assert [role for role in UserRole if reach_of(role, one)] == [UserRole.MANAGER, UserRole.ADMIN]
        assert reach_of(UserRole.MANAGER, one) is R.BELOW
    assert not BELOW_MANAGER & {*STUDENTS, UserRole.MANAGER, UserRole.ADMIN}
    assert [role for role in UserRole if reach_of(role, P.USER_ANONYMISE)] == [UserRole.ADMIN]


def test_what_can_be_given_beside_the_primary_role():
    """Everyone is a student, and nobody is an administrator on the side or in one place."""
    assert set(UserRole) - set(ASSIGNABLE) == {*STUDENTS, UserRole.ADMIN}
    assert all(ScopeType.SYSTEM in scopes for scopes in ASSIGNABLE.values())


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

    assert permissions._resolve(UserRole.INSTRUCTOR) == {P.COURSE_READ: {R.ALL, R.STAFF}}  # noqa: SLF001


def test_grants_add_and_denials_win_over_all_of_them():
    """Two roles reach as far as both; what is denied is lacking in every role, here and everywhere."""
    grants = Grants(roles=frozenset({UserRole.TUTOR}), denied=frozenset({P.MESSAGE_SEND}))
    assert grants.reach(UserRole.STUDENT, P.SESSION_ACCEPT) is R.SELF
    assert grants.reach(UserRole.STUDENT, P.MESSAGE_SEND) is None
    assert grants.reach(UserRole.ADMIN, P.MESSAGE_SEND) is None
    assert not grants.could(UserRole.ADMIN, P.MESSAGE_SEND)


def test_a_scoped_role_counts_nowhere_else():
    """It opens the way to a door, which decides; without an object it is worth nothing."""
    grants = Grants(scoped=frozenset({UserRole.INSTRUCTOR}))
    assert grants.reach(UserRole.STUDENT, P.COURSE_CREATE) is None
    assert grants.could(UserRole.STUDENT, P.COURSE_UPDATE)
    assert P.COURSE_UPDATE in grants.held(UserRole.STUDENT)
    assert Grants(only=frozenset({P.COURSE_READ})).held(UserRole.ADMIN) == [P.COURSE_READ]


def test_names():
    """A permission is named `object.action`, and the table of names is in order; unknown names mean nothing."""
    assert all(name.count(".") == 1 and name == name.lower() for name in P)
    assert list(P) == sorted(P)
    assert names_of(["course.read", "no.such"]) == {P.COURSE_READ}
