"""Accounts on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.role_profiles import Number, RoleProfileOut
from schemas.types import Email, HttpsUrl, In, Name, Out, OutId, StudyTime, UserRole, UserStatus

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{1,28})[A-Za-z0-9]$")]
Password = Annotated[str, Field(min_length=8, max_length=256)]


class SignUpIn(In):
    """A new account. `username` is made from the address when it is left out; an invite code brings its role.

    `studentNo` is for students, `employeeId` and `department` for managers and facilitators, `specialization` for
    facilitators.
    """

    email: Email
    password: Password
    first_name: Name
    last_name: Name
    username: Username | None = None
    role: UserRole = UserRole.STUDENT
    preferred_study_time: StudyTime | None = None
    avatar_url: HttpsUrl | None = None
    invite_code: Annotated[str, Field(max_length=100)] | None = None
    employee_id: Number | None = None
    department: Name | None = None
    specialization: Name | None = None
    student_no: Number | None = None


class SignInIn(In):
    """An address and its password; neither is checked for form, so that every mistake looks alike."""

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=256)]


class RefreshIn(In):
    """Clients that are no browsers send the token; browsers send their cookie."""

    refresh_token: Annotated[str, Field(max_length=200)] | None = None


class AcceptInviteIn(In):
    """The token of an invitation mail, and the password that its reader chooses."""

    token: Annotated[str, Field(max_length=200)]
    password: Password


class UserOut(Out):
    """One's own account, or an account as an administrator sees it."""

    id: OutId
    email: str
    first_name: str
    last_name: str
    username: str
    role: UserRole
    status: UserStatus
    is_active: bool
    avatar_url: str | None
    notification_preference: bool
    preferred_study_time: StudyTime | None
    email_verified_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class AccountOut(UserOut):
    """An account with what it has because of its role."""

    role_profile: RoleProfileOut | None


class PersonOut(Out):
    """What anyone in a course may see of another."""

    id: OutId
    first_name: str
    last_name: str
    username: str
    avatar_url: str | None


class SessionOut(Out):
    """An opened session. `token` repeats `accessToken`; `refreshToken` is null for browsers (cookie)."""

    user: UserOut
    access_token: str
    token: str
    expires_in: int
    refresh_token: str | None


class CallerOut(Out):
    """Who the token speaks for."""

    id: OutId
    role: UserRole


class AuthCheckOut(Out):
    """Whether the caller is signed in; read off the token, without the database."""

    authenticated: bool
    user: CallerOut | None


class PublicKeyOut(Out):
    """A key that verifies access tokens (RFC 8037); more members may stand beside these."""

    kid: str
    kty: str
    crv: str
    x: str
    alg: str
    use: str


class KeySetOut(Out):
    """The keys that verify access tokens now (RFC 7517)."""

    keys: list[PublicKeyOut]


class DoneOut(Out):
    """The thing is done and there is nothing to show for it."""

    done: bool = True
