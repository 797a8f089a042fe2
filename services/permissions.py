"""The ROLE_PERMISSIONS table: which role may do what, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from schemas.types import ScopeType, UserRole


class Permission(StrEnum):
    """Named `object.action`. Some are held before the feature that asks for them exists."""

    ACTIVITY_LOG_READ = "activity_log.read"
    ACTIVITY_LOG_REOPEN = "activity_log.reopen"
    ACTIVITY_LOG_WRITE = "activity_log.write"
    ANALYTICS_READ = "analytics.read"
    ANALYTICS_READ_TOTALS = "analytics.read_totals"
    ANNOUNCEMENT_POST = "announcement.post"
    ANNOUNCEMENT_POST_SYSTEM = "announcement.post_system"
    ANNOUNCEMENT_READ = "announcement.read"
    API_KEY_MANAGE = "api_key.manage"
    AUDIT_EXPORT = "audit.export"
    AUDIT_READ = "audit.read"
    AVAILABILITY_WRITE = "availability.write"
    COMPLIANCE_READ = "compliance.read"
    COUPON_MANAGE = "coupon.manage"
    COURSE_CREATE = "course.create"
    COURSE_DELETE = "course.delete"
    COURSE_FOLLOW = "course.follow"
    COURSE_READ = "course.read"
    COURSE_READ_DRAFT = "course.read_draft"
    COURSE_UPDATE = "course.update"
    ENROLLMENT_MANAGE = "enrollment.manage"
    ENROLLMENT_READ = "enrollment.read"
    ENROLLMENT_SELF = "enrollment.self"
    GRADE_POST = "grade.post"
    GRADE_READ = "grade.read"
    GRADE_READ_TOTALS = "grade.read_totals"
    GRADE_WRITE = "grade.write"
    INVITE_CODE_MANAGE = "invite_code.manage"
    JOB_OPERATE = "job.operate"
    LESSON_PREVIEW = "lesson.preview"
    LESSON_READ = "lesson.read"
    MENTOR_MANAGE = "mentor.manage"
    MESSAGE_READ = "message.read"
    MESSAGE_SEND = "message.send"
    NOTIFICATION_READ = "notification.read"
    NOTIFICATION_TEST = "notification.test"
    NOTIFICATION_UPDATE = "notification.update"
    OFFERING_MANAGE = "offering.manage"
    OFFERING_READ = "offering.read"
    PAYMENT_CREATE = "payment.create"
    PAYMENT_OFFER_REFUND = "payment.offer_refund"
    PAYMENT_PAYOUT = "payment.payout"
    PAYMENT_REFUND = "payment.refund"
    PAYMENT_REQUEST_REFUND = "payment.request_refund"
    QUIZ_ATTEMPT = "quiz.attempt"
    QUIZ_AUTHOR = "quiz.author"
    REALTIME_OPERATE = "realtime.operate"
    REFLECTION_READ = "reflection.read"
    REFLECTION_READ_ANONYMOUS = "reflection.read_anonymous"
    REFLECTION_READ_TOTALS = "reflection.read_totals"
    REFLECTION_SUBMIT = "reflection.submit"
    SCHOOL_REPAIR = "school.repair"
    SESSION_ACCEPT = "session.accept"
    SESSION_BOOK = "session.book"
    SESSION_CANCEL = "session.cancel"
    SESSION_END = "session.end"
    SUBMISSION_CREATE = "submission.create"
    SUBMISSION_READ = "submission.read"
    USER_ANONYMISE = "user.anonymise"
    USER_END_SESSIONS = "user.end_sessions"
    USER_FACTORS_RESET = "user.factors_reset"
    USER_GRANT = "user.grant"
    USER_LIST = "user.list"
    USER_READ = "user.read"
    USER_READ_ACTIVITY = "user.read_activity"
    USER_READ_PROFILE = "user.read_profile"
    USER_READ_SELF = "user.read_self"
    USER_SUSPEND = "user.suspend"
    USER_UPDATE_SELF = "user.update_self"
    WEBHOOK_MANAGE = "webhook.manage"


class Reach(IntEnum):
    """How far a permission goes.

    To oneself; to people one was assigned to (a mentor's mentees); to courses one is in; to courses that are one's
    own; to courses one teaches; to the accounts of staff below managers; to all.
    """

    SELF = 1
    ASSIGNED = 2
    MEMBER = 3
    OWNER = 4
    STAFF = 5
    BELOW = 6
    ALL = 7


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """A role has what the role above it has, plus `grants`, less `denies`; a denial always wins."""

    grants: Mapping[Permission, Reach]
    inherits: UserRole | None = None
    denies: frozenset[Permission] = frozenset()


P, R = Permission, Reach


def _all(reach: Reach, *permissions: Permission) -> Mapping[Permission, Reach]:
    return dict.fromkeys(permissions, reach)


ROLE_PERMISSIONS: Final[Mapping[UserRole, RolePermissions]] = {
    UserRole.GUEST: RolePermissions(_all(R.ALL, P.COURSE_READ, P.LESSON_PREVIEW)),
    UserRole.STUDENT: RolePermissions(
        {
            **_all(R.MEMBER, P.ANNOUNCEMENT_READ, P.COURSE_FOLLOW, P.LESSON_READ, P.MESSAGE_SEND, P.OFFERING_READ),
            **_all(R.MEMBER, P.USER_READ_PROFILE),
            **_all(
                R.SELF,
                P.API_KEY_MANAGE,
                P.ENROLLMENT_SELF,
                P.MESSAGE_READ,
                P.NOTIFICATION_READ,
                P.NOTIFICATION_UPDATE,
                P.SESSION_END,
                P.USER_READ,
                P.USER_READ_SELF,
                P.USER_UPDATE_SELF,
            ),
            **_all(R.SELF, P.SUBMISSION_CREATE, P.SUBMISSION_READ, P.QUIZ_ATTEMPT, P.GRADE_READ, P.ANALYTICS_READ),
            **_all(R.SELF, P.REFLECTION_SUBMIT, P.REFLECTION_READ, P.SESSION_BOOK, P.SESSION_CANCEL),
            **_all(R.SELF, P.PAYMENT_CREATE, P.PAYMENT_REQUEST_REFUND),
        },
        inherits=UserRole.GUEST,
    ),
    UserRole.PROMOTER: RolePermissions(_all(R.SELF, P.COUPON_MANAGE), inherits=UserRole.STUDENT),
    UserRole.MENTOR: RolePermissions(
        _all(R.ASSIGNED, P.SUBMISSION_READ, P.GRADE_READ, P.ANALYTICS_READ, P.MESSAGE_SEND),
        inherits=UserRole.STUDENT,
    ),
    UserRole.TUTOR: RolePermissions(
        {
            **_all(R.SELF, P.AVAILABILITY_WRITE, P.SESSION_ACCEPT, P.PAYMENT_OFFER_REFUND, P.PAYMENT_PAYOUT),
            **_all(R.ASSIGNED, P.MESSAGE_SEND),
        },
        inherits=UserRole.STUDENT,
    ),
    UserRole.FACILITATOR: RolePermissions(
        {
            **_all(R.STAFF, P.COURSE_READ_DRAFT, P.COURSE_UPDATE, P.ENROLLMENT_MANAGE, P.ENROLLMENT_READ),
            **_all(R.STAFF, P.LESSON_READ, P.SUBMISSION_READ, P.GRADE_WRITE, P.GRADE_READ, P.QUIZ_AUTHOR),
            **_all(R.STAFF, P.ANNOUNCEMENT_POST, P.MESSAGE_SEND, P.ANALYTICS_READ, P.OFFERING_READ),
            **_all(R.STAFF, P.ACTIVITY_LOG_WRITE, P.ACTIVITY_LOG_READ, P.REFLECTION_READ_ANONYMOUS),
            **_all(R.SELF, P.COMPLIANCE_READ),
        },
        inherits=UserRole.STUDENT,
    ),
    UserRole.INSTRUCTOR: RolePermissions(
        {
            **_all(R.SELF, P.COURSE_CREATE),
            **_all(R.OWNER, P.COURSE_DELETE),
            **_all(R.STAFF, P.GRADE_POST, P.MENTOR_MANAGE),
        },
        inherits=UserRole.FACILITATOR,
        denies=frozenset({P.ACTIVITY_LOG_WRITE, P.ACTIVITY_LOG_READ, P.COMPLIANCE_READ}),
    ),
    UserRole.MANAGER: RolePermissions(
        {
            **_all(R.ALL, P.COURSE_READ_DRAFT, P.COURSE_FOLLOW, P.ANNOUNCEMENT_READ, P.LESSON_READ),
            **_all(R.ALL, P.ENROLLMENT_MANAGE, P.ENROLLMENT_READ, P.OFFERING_MANAGE, P.OFFERING_READ),
            **_all(R.ALL, P.ACTIVITY_LOG_READ, P.ACTIVITY_LOG_REOPEN, P.COMPLIANCE_READ, P.MENTOR_MANAGE),
            **_all(R.ALL, P.GRADE_READ_TOTALS, P.ANALYTICS_READ_TOTALS, P.REFLECTION_READ_TOTALS),
            **_all(R.ALL, P.ANNOUNCEMENT_POST_SYSTEM, P.MESSAGE_SEND, P.PAYMENT_REFUND),
            **_all(
                R.BELOW,
                P.USER_END_SESSIONS,
                P.USER_GRANT,
                P.USER_LIST,
                P.USER_READ,
                P.USER_READ_ACTIVITY,
                P.USER_SUSPEND,
            ),
            **_all(R.BELOW, P.ANALYTICS_READ),
        },
        inherits=UserRole.STUDENT,
    ),
    UserRole.ADMIN: RolePermissions(dict.fromkeys(Permission, R.ALL), inherits=UserRole.INSTRUCTOR),
}

BELOW_MANAGER: Final = frozenset(
    {UserRole.PROMOTER, UserRole.MENTOR, UserRole.TUTOR, UserRole.FACILITATOR, UserRole.INSTRUCTOR}
)
"""The staff that a manager manages."""

SCHOOL_WIDE: Final[Mapping[Permission, Permission]] = {
    P.ANNOUNCEMENT_READ: P.ANNOUNCEMENT_READ,
    P.ANNOUNCEMENT_POST: P.ANNOUNCEMENT_POST_SYSTEM,
}
"""What counts, however far it goes, where something is for the whole school in place of a course.

What is not named here must reach all.
"""

ASSIGNABLE: Final[Mapping[UserRole, frozenset[ScopeType]]] = {
    UserRole.PROMOTER: frozenset({ScopeType.SYSTEM}),
    UserRole.MENTOR: frozenset({ScopeType.SYSTEM, ScopeType.USER}),
    UserRole.TUTOR: frozenset({ScopeType.SYSTEM, ScopeType.SESSION}),
    UserRole.FACILITATOR: frozenset({ScopeType.SYSTEM, ScopeType.COURSE, ScopeType.OFFERING, ScopeType.COHORT}),
    UserRole.INSTRUCTOR: frozenset({ScopeType.SYSTEM, ScopeType.COURSE, ScopeType.OFFERING}),
    UserRole.MANAGER: frozenset({ScopeType.SYSTEM}),
}
"""The roles that can be given beside the primary one, and where. Everyone is a student; the office is no side job."""


def _resolve(role: UserRole) -> Mapping[Permission, frozenset[Reach]]:
    """Each permission with every reach that the role or one above it has: none of them includes all the others."""
    row = ROLE_PERMISSIONS[role]
    inherited = _resolve(row.inherits) if row.inherits else {}
    own = {permission: inherited.get(permission, frozenset()) | {reach} for permission, reach in row.grants.items()}
    return {permission: reach for permission, reach in {**inherited, **own}.items() if permission not in row.denies}


_HELD: Final = {role: _resolve(role) for role in UserRole}
_NOWHERE: Final = frozenset[Reach]()


def reaches_of(role: UserRole, permission: Permission) -> frozenset[Reach]:
    """All the reaches that the role has of a permission; a caller may act where one of them leads."""
    return _HELD[role].get(permission, _NOWHERE)


def reach_of(role: UserRole, permission: Permission) -> Reach | None:
    """Return how far the role's permission goes; None when the role lacks it."""
    return max(reaches_of(role, permission), default=None)


@dataclass(frozen=True, slots=True)
class Grants:
    """What a caller holds, or lacks, beside the primary role.

    `roles` and `denied` count everywhere. `scoped` are the roles, and `limited` the denials, that count in some
    courses, for some people or the like, which the door to such a thing looks up. `until`, in seconds since 1970, is
    when the first of all these ends. `only` is all that an API key may do, None for people.
    """

    roles: frozenset[UserRole] = frozenset()
    denied: frozenset[Permission] = frozenset()
    scoped: frozenset[UserRole] = frozenset()
    limited: frozenset[Permission] = frozenset()
    until: float | None = None
    only: frozenset[Permission] | None = None

    @property
    def is_scoped(self) -> bool:
        """Whether something counts in one place only, so that doors must look."""
        return bool(self.scoped or self.limited)

    def refuses(self, permission: Permission) -> bool:
        """Whether the permission is taken away, whatever the roles say."""
        return permission in self.denied or (self.only is not None and permission not in self.only)

    def reaches(self, role: UserRole, permission: Permission) -> frozenset[Reach]:
        """All the reaches that this primary role with these grants has everywhere; a denial wins over every role."""
        if self.refuses(permission):
            return _NOWHERE
        return reaches_of(role, permission).union(*(reaches_of(one, permission) for one in self.roles))

    def reach(self, role: UserRole, permission: Permission) -> Reach | None:
        """How far the permission goes for this primary role with these grants; None where it is lacking."""
        return max(self.reaches(role, permission), default=None)

    def could(self, role: UserRole, permission: Permission) -> bool:
        """Whether there can be an object for which the permission is held, by a role that counts there alone."""
        if self.refuses(permission):
            return False
        return any(reaches_of(one, permission) for one in {role, *self.roles, *self.scoped})

    def held(self, role: UserRole) -> list[Permission]:
        """Every permission that is held somewhere, by name."""
        return [permission for permission in Permission if self.could(role, permission)]


NO_GRANTS: Final = Grants()


def names_of(permissions: Iterable[str]) -> frozenset[Permission]:
    """Stored names as permissions; one that this version does not know means nothing."""
    known = {permission.value for permission in Permission}
    return frozenset(Permission(name) for name in permissions if name in known)
