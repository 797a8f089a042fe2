"""Everything that is stored. Only `services/committer.py` writes; the rest of the house reads."""

from __future__ import annotations

from typing import Final

from models.access import RoleAssignment
from models.accounts import Invitation, RefreshFamily, User
from models.announcements import Announcement
from models.api_keys import ApiKey
from models.courses import Course
from models.delivery import Revocation, SchoolMeta, StoredEvent, StreamHead
from models.enrollments import Enrollment
from models.guesses import GuessCount
from models.unit import AuditHead, AuditRecord, IdempotencyRecord, Job, SentMail

DOCUMENTS: Final = (
    User,
    RefreshFamily,
    Invitation,
    RoleAssignment,
    ApiKey,
    GuessCount,
    Course,
    Enrollment,
    Announcement,
    StoredEvent,
    StreamHead,
    SchoolMeta,
    Revocation,
    IdempotencyRecord,
    AuditRecord,
    AuditHead,
    Job,
    SentMail,
)
