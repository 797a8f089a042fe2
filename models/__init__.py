"""Everything that is stored. Only `services/committer.py` writes; the rest of the house reads."""

from __future__ import annotations

from typing import Final

from models.access import InviteCode, RoleAssignment
from models.accounts import Invitation, KnownDevice, RefreshFamily, User
from models.announcements import Announcement, AnnouncementRead
from models.api_keys import ApiKey
from models.courses import Course
from models.deliveries import Delivery, Digest
from models.delivery import Revocation, SchoolMeta, StoredEvent, StreamHead
from models.enrollments import Enrollment
from models.factors import Factor, FactorChallenge, PendingLogin, RecoveryCodes
from models.findings import Finding
from models.guesses import GuessCount, GuessRow, GuessStorm
from models.identities import Identity, ProviderFlow
from models.mailed_tokens import MailedToken
from models.messages import Block, Message, Thread, ThreadMember
from models.notifications import Notification, NotificationChoices
from models.push import PushSubscription
from models.reminders import ReminderPlan
from models.role_profiles import FacilitatorProfile, ManagerProfile, MentorProfile, StudentProfile, TutorProfile
from models.unit import AuditHead, AuditRecord, CronMark, IdempotencyRecord, Job, SentMail
from models.webhooks import Webhook, WebhookCursor, WebhookDelivery

DOCUMENTS: Final = (
    User,
    RefreshFamily,
    ManagerProfile,
    FacilitatorProfile,
    StudentProfile,
    TutorProfile,
    MentorProfile,
    KnownDevice,
    Invitation,
    RoleAssignment,
    InviteCode,
    Factor,
    RecoveryCodes,
    PendingLogin,
    FactorChallenge,
    ApiKey,
    GuessCount,
    Identity,
    ProviderFlow,
    MailedToken,
    GuessRow,
    GuessStorm,
    Course,
    Enrollment,
    Announcement,
    Thread,
    ThreadMember,
    Message,
    Block,
    AnnouncementRead,
    Notification,
    NotificationChoices,
    ReminderPlan,
    Delivery,
    Digest,
    PushSubscription,
    Webhook,
    WebhookDelivery,
    WebhookCursor,
    StoredEvent,
    StreamHead,
    SchoolMeta,
    Revocation,
    IdempotencyRecord,
    AuditRecord,
    AuditHead,
    Job,
    CronMark,
    SentMail,
    Finding,
)
