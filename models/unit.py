"""What else commits with a change: the answer for a retry, the audit trail, and the work it causes."""

from __future__ import annotations

from typing import ClassVar, Final

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime, BaseModel, JsonValue
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
    """Who did what to which object, when by the database's clock, and how it ended: `done`, or a refusal's code.

    `seq` and `seal` chain it to the record before (`services/audit_chain.py`); the sealer adds them within seconds.
    `session_id` is that of a session or of an API key.
    """

    id: PydanticObjectId
    actor_id: str | None
    session_id: str | None
    action: str
    subject: str
    details: dict[str, JsonValue]
    result: str = "done"
    ip_prefix: str
    request_id: str
    at: AwareDatetime
    seq: int | None = None
    seal: str | None = None

    class Settings:
        name = "audit_log"
        indexes: ClassVar = [
            IndexModel([("at", DESCENDING)], name="newest"),
            IndexModel([("subject", ASCENDING), ("at", DESCENDING)], name="of_subject"),
            IndexModel([("actor_id", ASCENDING), ("at", DESCENDING)], name="of_actor"),
            IndexModel([("action", ASCENDING), ("at", DESCENDING)], name="of_action"),
            IndexModel(  # what waits for its seal, in order: that it is sorted so is why it is taken
                [("at", ASCENDING), ("_id", ASCENDING)], name="waiting", partialFilterExpression={"seq": None}
            ),
            IndexModel(  # one place in the chain is taken once, so that two sealers cannot fork it
                [("seq", ASCENDING)], name="chain", unique=True, partialFilterExpression={"seq": {"$gt": 0}}
            ),
        ]


class AuditHead(Document):
    """How far the chain stood at the end of a day (`2027-01-31`); the newest is where it stands now."""

    id: str
    seq: int
    seal: str

    class Settings:
        name = "audit_heads"


OPEN: Final = ("ready", "held", "leased")
"""The states of a job that has not ended."""


class JobProgress(BaseModel):
    """How far a long job has come."""

    done: int
    total: int


class Job(Document):
    """Work that commits with the change that caused it (`workers/queue.py` claims it).

    There is one job of a `key`, for as long as it is kept: a second is not stored. Jobs of one `line` run one after the
    other, in the order in which they were made. `owner_id` is who asked for it, None for the house itself. Times are
    the database's.

    `ready` waits for its `run_at`, `held` behind an earlier one of its line; `leased` is being run until `lease_until`.
    `done` has succeeded, `dead` has failed for good, and `discarded` is a dead one that nobody wants any more.
    What `args` must be is the business of the kind's row in JOBS, so that unreadable ones fail like any other job.
    """

    id: PydanticObjectId
    kind: str
    args: dict[str, object]
    key: str | None = None
    line: str | None = None
    owner_id: str | None = None
    state: str = "ready"
    attempt: int = 0
    created_at: AwareDatetime | None = None
    run_at: AwareDatetime
    lease_token: str | None = None
    lease_until: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    progress: JobProgress | None = None
    request_id: str
    error: str | None = None
    finished_at: AwareDatetime | None = None
    died_at: AwareDatetime | None = None

    class Settings:
        name = "jobs"
        indexes: ClassVar = [
            # the next of some kinds to claim, however many others wait
            IndexModel([("state", ASCENDING), ("kind", ASCENDING), ("run_at", ASCENDING)], name="due"),
            IndexModel([("state", ASCENDING), ("lease_until", ASCENDING)], name="leased"),  # whose worker died
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="newest"),
            IndexModel([("key", ASCENDING)], name="key", unique=True, partialFilterExpression={"key": {"$gt": ""}}),
            IndexModel(  # the first of a line that has not ended
                [("line", ASCENDING), ("created_at", ASCENDING), ("_id", ASCENDING)],
                name="line",
                partialFilterExpression={"line": {"$gt": ""}, "state": {"$in": list(OPEN)}},
            ),
            IndexModel(  # one of a line at a time, whatever two workers have read
                [("line", ASCENDING)],
                name="one_of_a_line",
                unique=True,
                partialFilterExpression={"line": {"$gt": ""}, "state": "leased"},
            ),
            IndexModel([("finished_at", ASCENDING)], name="expiry", expireAfterSeconds=7 * 24 * 3600),
            IndexModel([("died_at", ASCENDING)], name="expiry_of_dead", expireAfterSeconds=90 * 24 * 3600),
        ]


class CronMark(Document):
    """Up to which slot jobs of a kind (`id`) have been made (`workers/scheduler.py`)."""

    id: str
    slot: AwareDatetime

    class Settings:
        name = "cron_marks"


class SentMail(Document):
    """A mail as it would have been sent; written instead of sending while no SMTP server is set."""

    id: str
    to_user_id: PydanticObjectId
    subject: str
    text: str
    html: str | None = None
    at: AwareDatetime

    class Settings:
        name = "dev_mails"
        indexes: ClassVar = [
            IndexModel([("at", DESCENDING)], name="newest"),
            IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=7 * 24 * 3600),
        ]
