"""Users, and the sessions they have opened."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import Locale, StudyTime, UserRole, UserStatus

REVOKED_KEPT_S = 30 * 24 * 3600


class User(Record):
    """An account. The address is kept as ciphertext, and found by its blind index.

    Without a `password_hash` nobody can sign in; an invitation lets its owner set one.
    """

    email_ct: str
    email_bidx: str
    password_hash: str | None
    username: str
    username_folded: str
    username_skeleton: str | None = None
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
    sign_ins: int = 0

    class Settings:
        name = "users"
        indexes: ClassVar = [
            IndexModel([("email_bidx", ASCENDING)], name="email", unique=True),  # sign-in
            IndexModel([("username_folded", ASCENDING)], name="username", unique=True),  # sign-up
            IndexModel([("username_skeleton", ASCENDING)], name="username_skeleton"),  # whose looks like it
            IndexModel([("role", ASCENDING), ("status", ASCENDING)], name="role_status"),  # who is staff
            IndexModel([("created_at", DESCENDING)], name="newest"),  # the list of accounts as it opens
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

    Secret number n is derived from `nonce`, so only its hash is stored (`docs/security.md`). `ip_prefix` is where it
    was opened; `successor_id` the session that goes on in its place.
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
    proved_at: AwareDatetime
    methods: tuple[str, ...] = ("pwd",)
    device_mark: str = ""
    permission_version: int | None = None
    last_seen_at: AwareDatetime | None = None
    last_ip_prefix: str | None = None
    successor_id: PydanticObjectId | None = None

    class Settings:
        name = "auth_sessions"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("revoked_at", DESCENDING)], name="of_user"),  # end all
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
            IndexModel([("revoked_at", ASCENDING)], name="revoked", expireAfterSeconds=REVOKED_KEPT_S),
        ]

    @property
    def seen_at(self) -> datetime:
        """When it was last used, five minutes behind at most."""
        return self.last_seen_at or self.rotated_at


class KnownDevice(Record):
    """A device on which a user has signed in; `mark` is a digest of its id. Forgotten after a year without sign-in."""

    user_id: PydanticObjectId
    mark: str

    class Settings:
        name = "known_devices"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("mark", ASCENDING)], name="of_user", unique=True),  # sign-in
            IndexModel([("updated_at", ASCENDING)], name="expiry", expireAfterSeconds=365 * 24 * 3600),
        ]
