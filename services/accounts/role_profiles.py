"""The rows that accounts have because of their role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic.alias_generators import to_camel

from models.accounts import User
from models.role_profiles import (
    FacilitatorProfile,
    ManagerProfile,
    MentorProfile,
    RoleProfile,
    StudentProfile,
    TutorProfile,
)
from schemas.accounts import SignUpIn
from schemas.envelope import FieldError
from schemas.role_profiles import (
    FacilitatorProfileOut,
    ManagerProfileOut,
    MentorProfileOut,
    RoleProfileOut,
    StudentProfileOut,
    TutorProfileOut,
)
from schemas.types import UserRole
from services.accounts.errors import EmployeeIdTaken, StudentNoTaken
from services.errors import DomainError, InvalidInput
from services.scopes import Scope

KINDS: Final[Mapping[UserRole, tuple[type[RoleProfile], type[RoleProfileOut]]]] = {
    UserRole.MANAGER: (ManagerProfile, ManagerProfileOut),
    UserRole.FACILITATOR: (FacilitatorProfile, FacilitatorProfileOut),
    UserRole.STUDENT: (StudentProfile, StudentProfileOut),
    UserRole.TUTOR: (TutorProfile, TutorProfileOut),
    UserRole.MENTOR: (MentorProfile, MentorProfileOut),
}
SAID_AT_SIGN_UP: Final = frozenset({"employee_id", "department", "specialization", "student_no"})
UNIQUE: Final[Mapping[str, type[DomainError]]] = {"employee_id": EmployeeIdTaken, "student_no": StudentNoTaken}
"""Of two who take one number at once, the index refuses the second, whose call then runs again and finds it here."""


async def facts_of(draft: SignUpIn) -> Mapping[str, str]:
    """What a new account says for its role: nothing that belongs to another one, and no number that somebody has."""
    said: dict[str, str] = draft.model_dump(include=set(SAID_AT_SIGN_UP), exclude_none=True)
    kind = KINDS[draft.role][0] if draft.role in KINDS else RoleProfile
    message = f"This does not belong to the role {draft.role.value}."
    foreign = [
        FieldError(path=to_camel(name), code="not_of_this_role", message=message)
        for name in sorted(said)
        if name not in kind.model_fields
    ]
    if foreign:
        raise InvalidInput(fields=foreign)
    for name, refusal in UNIQUE.items():
        if name in said and await kind.find_one({name: said[name]}):
            raise refusal
    return said


def begin(scope: Scope, user: User, facts: Mapping[str, str]) -> None:
    """The row of a new account, if its role has one."""
    if user.role in KINDS:
        times = {"created_at": scope.at, "updated_at": scope.at}
        scope.unit.insert(KINDS[user.role][0].model_validate({**times, "user_id": user.id, **facts}))


async def enter_role(scope: Scope, user: User) -> None:
    """The row of a role that an account has just got, unless it had the role before."""
    if await row_of(user) is None:
        begin(scope, user, {})


async def row_of(user: User) -> RoleProfile | None:
    return await KINDS[user.role][0].find_one({"user_id": user.id}) if user.role in KINDS else None


async def shown(user: User) -> RoleProfileOut | None:
    """What the account has for its present role; none where the role has nothing, or the account is older."""
    row = await row_of(user)
    return KINDS[user.role][1].model_validate(row) if row else None
