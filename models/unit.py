"""What else commits with a change: the answer for a retry, the audit trail, and the work it causes."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime, JsonValue
from pymongo import ASCENDING, DESCENDING, IndexModel


class IdempotencyRecord(Document):
    """A finished POST: the id is derived from user, route and key; `answer` is encrypted bytes; kept a day."""

    id: str
    fingerprint: str
    status: int
    answer: bytes
    at: AwareDatetime

    class Settings:
        name = "idempotency_keys"
        indexes: ClassVar = [IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=24 * 3600)]


class AuditRecord(Document):
    """Who did what to which object, when by the database's clock."""

    id: PydanticObjectId
    actor_id: str | None
    session_id: str | None
    action: str
    subject: str
    details: dict[str, JsonValue]
    ip_prefix: str
    request_id: str
    at: AwareDatetime

    class Settings:
        name = "audit_log"
        indexes: ClassVar = [
            IndexModel([("at", DESCENDING)], name="newest"),
            IndexModel([("subject", ASCENDING), ("at", DESCENDING)], name="of_subject"),
            IndexModel([("actor_id", ASCENDING), ("at", DESCENDING)], name="of_actor"),
        ]


class Job(Document):
    """Work that commits with the change that caused it (`workers/queue.py` claims it)."""

    id: PydanticObjectId
    kind: str
    args: dict[str, JsonValue]
    state: str = "ready"
    attempt: int = 0
    run_at: AwareDatetime
    lease_token: str | None = None
    lease_until: AwareDatetime | None = None
    request_id: str
    error: str | None = None
    finished_at: AwareDatetime | None = None

    class Settings:
        name = "jobs"
        indexes: ClassVar = [
            IndexModel([("state", ASCENDING), ("run_at", ASCENDING)], name="ready"),  # the next to claim
            IndexModel([("state", ASCENDING), ("lease_until", ASCENDING)], name="leased"),  # whose worker died
            IndexModel([("finished_at", ASCENDING)], name="expiry", expireAfterSeconds=7 * 24 * 3600),
        ]


class SentMail(Document):
    """A mail as it would have been sent; written instead of sending while no SMTP server is set."""

    id: str
    to_user_id: PydanticObjectId
    subject: str
    text: str
    at: AwareDatetime

    class Settings:
        name = "dev_mails"
        indexes: ClassVar = [IndexModel([("at", DESCENDING)], name="newest")]
