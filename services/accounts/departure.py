"""Anonymising an account: the person is gone, and what they did stays true."""

from __future__ import annotations

from typing import Final

from beanie import Document

from models.access import RoleAssignment
from models.accounts import Invitation, KnownDevice, RefreshFamily, User
from models.announcements import AnnouncementRead
from models.api_keys import ApiKey
from models.deliveries import Delivery, Digest
from models.enrollments import Enrollment
from models.factors import Factor, PendingLogin, RecoveryCodes
from models.identities import Identity, ProviderFlow
from models.mailed_tokens import MailedToken
from models.messages import Block
from models.notifications import Notification, NotificationChoices
from models.push import PushSubscription
from models.role_profiles import FacilitatorProfile, ManagerProfile, MentorProfile, StudentProfile, TutorProfile
from models.unit import SentMail
from schemas.types import ScopeType, UserStatus
from services.accounts.rights import keep_an_office
from services.crypto import normalised_email
from services.enrollments import sort_name
from services.errors import LastAdmin
from services.messages.departing import forget_sender
from services.permissions import Permission
from services.scopes import UserScope

FIRST_NAME, LAST_NAME = "Former", "member"

OWNED: Final[tuple[tuple[type[Document], str], ...]] = (
    (ManagerProfile, "user_id"),
    (FacilitatorProfile, "user_id"),
    (StudentProfile, "user_id"),
    (TutorProfile, "user_id"),
    (MentorProfile, "user_id"),
    (RefreshFamily, "user_id"),
    (KnownDevice, "user_id"),
    (Invitation, "user_id"),
    (MailedToken, "user_id"),
    (Factor, "user_id"),
    (RecoveryCodes, "_id"),
    (PendingLogin, "user_id"),
    (Identity, "user_id"),
    (ProviderFlow, "user_id"),
    (ApiKey, "user_id"),
    (RoleAssignment, "user_id"),
    (Block, "blocker_id"),
    (Block, "blocked_id"),
    (AnnouncementRead, "user_id"),
    (Notification, "user_id"),
    (NotificationChoices, "_id"),
    (Delivery, "user_id"),
    (Digest, "user_id"),
    (PushSubscription, "user_id"),
    (SentMail, "to_user_id"),
)
"""What belongs to a person alone and goes with them, by the field that names them: a new such collection has its row.

Enrollments, grades, what they wrote in courses and to others, ledger and audit log name accounts by id, and stay.
"""


async def anonymise(scope: UserScope) -> None:
    """Take away everything that tells who the account was, and every way into it, for good."""
    scope.require(Permission.USER_ANONYMISE)
    user = scope.user
    if scope.is_own:
        raise LastAdmin
    await keep_an_office(scope, user)
    before = user.status.value
    _clear(scope, user)
    async for family in RefreshFamily.find({"user_id": user.id, "revoked_at": None}):
        scope.unit.revoke(f"sid:{family.id}", "anonymised")
    for model, field in OWNED:
        scope.unit.remove(model, {field: user.id})
    scope.unit.remove(RoleAssignment, {"scope_type": ScopeType.USER, "scope_id": user.id})
    async for enrollment in Enrollment.find({"user_id": user.id}):
        scope.unit.change(enrollment, sort_name=sort_name(FIRST_NAME, LAST_NAME))
    await forget_sender(scope)
    scope.unit.redact(f"user:{user.id}")
    scope.unit.audit("user.anonymised", f"user:{user.id}", role=user.role.value, before=before, after="anonymised")
    scope.unit.touch(f"user:{user.id}")


def _clear(scope: UserScope, user: User) -> None:
    """The account's own fields. The address, which must be unique, becomes one that never receives mail (RFC 2606)."""
    version, address = user.permission_version + 1, f"{user.id}@anonymised.invalid"
    scope.unit.change(
        user,
        status=UserStatus.ANONYMISED,
        permission_version=version,
        email_ct=scope.keys.fields.seal(address, "users", str(user.id), "email"),
        email_bidx=scope.keys.email_index.of(normalised_email(address)),
        email_verified_at=None,
        password_hash=None,
        username=f"former-{user.id}",
        username_folded=f"former-{user.id}",
        username_skeleton=None,
        first_name=FIRST_NAME,
        last_name=LAST_NAME,
        avatar_url=None,
        preferred_study_time=None,
        weekly_learning_goal=None,
        phone_ct=None,
        phone_bidx=None,
        phone_verified_at=None,
        notification_preference=False,
    )
    scope.unit.revoke(f"user:{user.id}", "anonymised", permission_version=version)
