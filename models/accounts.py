"""Users, and the sessions they have opened."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import Locale, StudyTime, UserRole, UserStatus


class User(Record):
    """An account. The address is kept as ciphertext, and found by its blind index.

    Without a `password_hash` nobody can sign in; an invitation lets its owner set one. `credentials_version` counts the
    passwords: a session that was being opened with an old one, while it changed, is refused at its first refresh.
    """

    email_ct: str
    email_bidx: str
    password_hash: str | None
    username: str
    username_folded: str
    first_name: str
    last_name: str
    role: UserRole = UserRole.STUDENT
    status: UserStatus = UserStatus.ACTIVE
    avatar_url: str | None = None
    notification_preference: bool = True
    preferred_study_time: StudyTime | None = None
    weekly_learning_goal: int | None = None
    locale: Locale | None = None
    timezone: str = "UTC"
    email_verified_at: AwareDatetime | None = None
    phone_ct: str | None = None
    phone_bidx: str | None = None
    phone_verified_at: AwareDatetime | None = None
    permission_version: int = 1
    credentials_version: int = 1

    class Settings:
        name = "users"
        indexes: ClassVar = [
            IndexModel([("email_bidx", ASCENDING)], name="email", unique=True),  # sign-in
            IndexModel([("username_folded", ASCENDING)], name="username", unique=True),  # sign-up
            IndexModel([("role", ASCENDING), ("status", ASCENDING)], name="role_status"),  # who is staff
        ]

    @property
    def is_active(self) -> bool:
        return self.status is UserStatus.ACTIVE


class Invitation(Record):
    """A way into an account that has no password yet. The secret is derived from `nonce`; its hash is stored."""

    user_id: PydanticObjectId
    course_id: PydanticObjectId
    nonce: bytes
    secret_hash: str
    expires_at: AwareDatetime
    accepted_at: AwareDatetime | None = None

    class Settings:
        name = "invitations"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("expires_at", DESCENDING)], name="of_user"),  # is one open
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]


class RefreshFamily(Record):
    """One signed-in device: the family of refresh tokens that follow each other, and the session id.

    Secret number n is derived from `nonce`, so only its hash is stored (`docs/security.md`).
    """

    user_id: PydanticObjectId
    nonce: bytes
    generation: int
    current_hash: str
    previous_hash: str | None = None
    rotated_at: AwareDatetime
    idle_expires_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    revoked_reason: str | None = None
    user_agent: str
    ip_prefix: str
    device_id: str | None = None
    proved_at: AwareDatetime
    methods: tuple[str, ...] = ("pwd",)
    credentials_version: int = 1

    class Settings:
        name = "auth_sessions"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("revoked_at", DESCENDING)], name="of_user"),  # end all
            IndexModel([("user_id", ASCENDING), ("device_id", ASCENDING)], name="of_device"),  # is it a known one
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]
