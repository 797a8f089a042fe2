"""What the house asks all the time is answered by an index, and never by reading a whole collection.

Whoever adds a question that is asked with every call, or every second, adds its row here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
from beanie import Document, PydanticObjectId

from models.access import RoleAssignment
from models.accounts import KnownDevice, RefreshFamily, User
from models.announcements import Announcement
from models.courses import Course
from models.deliveries import Delivery
from models.delivery import Revocation, StoredEvent, StreamHead
from models.enrollments import Enrollment
from models.factors import Factor, FactorChallenge
from models.identities import Identity
from models.mailed_tokens import MailedToken
from models.messages import Message, Thread, ThreadMember
from models.notifications import Notification
from models.role_profiles import FacilitatorProfile, ManagerProfile, StudentProfile, TutorProfile
from models.unit import AuditRecord, IdempotencyRecord, Job
from models.webhooks import WebhookDelivery
from realtime.revocations import since
from schemas.types import SEATED, now
from server.app import Core
from services.audit_chain import SEALED, UNSEALED

ID: Final = PydanticObjectId("0" * 24)
NOW: Final = now()
SEAT: Final = {"$in": sorted(SEATED)}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `by` is the only index that is good enough, where others would be taken, too."""

    name: str
    model: type[Document]
    where: Mapping[str, object]
    sort: Mapping[str, int] | None = None
    by: str | None = None


QUESTIONS: Final = (
    Asked("sealer", AuditRecord, UNSEALED, {"at": 1, "_id": 1}, by="waiting"),
    Asked("sealed last", AuditRecord, SEALED, {"seq": -1}, by="chain"),
    Asked("revocations, none known", Revocation, since(None), by="at"),
    Asked("revocations", Revocation, since(NOW), by="at"),
    Asked("claim of jobs", Job, {"state": "ready", "kind": {"$in": ["a", "b"]}}, {"run_at": 1}),
    Asked("job of a silent worker", Job, {"state": "leased", "kind": {"$in": ["a"]}}, {"lease_until": 1}),
    Asked("job by key", Job, {"key": {"$in": ["a"]}}, by="key"),
    Asked("events of a stream", StoredEvent, {"_id": {"$gt": {"stream": "s", "seq": 1}, "$lt": {"stream": "s"}}}),
    Asked("events of a subject", StoredEvent, {"subject": {"$in": ["a"]}}, by="subject"),
    Asked("heads of streams", StreamHead, {"_id": {"$in": ["a"]}}),
    Asked("stored answer", IdempotencyRecord, {"_id": {"$in": ["a"]}}),
    Asked("session of a refresh token", RefreshFamily, {"_id": ID}),
    Asked("sessions of a user", RefreshFamily, {"user_id": ID, "revoked_at": None}, by="of_user"),
    Asked("user by address", User, {"email_bidx": {"$in": ["a"]}}, by="email"),
    Asked("user by name", User, {"username_folded": {"$in": ["a"]}}, by="username"),
    Asked("identity elsewhere", Identity, {"subject_bidx": "a"}, by="subject"),
    Asked("whose passkey", Factor, {"credential_id": "a", "confirmed_at": {"$ne": None}}, by="passkey"),
    Asked("newest question", FactorChallenge, {"bound_to": "a", "factor_id": ID}, {"created_at": -1, "_id": -1}),
    Asked("known device", KnownDevice, {"user_id": ID, "mark": "a"}, by="of_user"),
    Asked("newest mailed token", MailedToken, {"user_id": ID, "purpose": "a"}, {"created_at": -1, "_id": -1}),
    Asked("roles of a user", RoleAssignment, {"user_id": ID, "$or": [{"expires_at": None}]}),
    Asked("manager's number", ManagerProfile, {"employee_id": "a"}, by="employee_id_once"),
    Asked("facilitator's number", FacilitatorProfile, {"employee_id": "a"}, by="employee_id_once"),
    Asked("student's number", StudentProfile, {"student_no": "a"}, by="student_no_once"),
    Asked("profile of a user", TutorProfile, {"user_id": ID}, by="of_user"),
    Asked("catalogue", Course, {"deleted_at": None, "status": {"$ne": "draft"}}, {"created_at": -1, "_id": -1}),
    Asked(
        "catalogue of a member",
        Course,
        {"deleted_at": None, "$or": [{"status": {"$ne": "draft"}}, {"instructor_id": ID}]},
        {"created_at": -1, "_id": -1},
    ),
    Asked("catalogue of an administrator", Course, {"deleted_at": None}, {"created_at": -1, "_id": -1}, by="by_age"),
    Asked("course by code", Course, {"code": "a", "deleted_at": None}, by="code"),
    Asked("course by join code", Course, {"join_code": "a", "deleted_at": None}, by="join_code"),
    Asked("own courses", Enrollment, {"user_id": ID, "state": SEAT}, {"updated_at": -1}),
    Asked("seat", Enrollment, {"course_id": ID, "user_id": ID}),
    Asked("roster", Enrollment, {"course_id": ID, "state": SEAT}, {"sort_name": 1, "_id": 1}),
    Asked("feed", Announcement, {"course_id": ID, "status": "posted"}, {"posted_at": -1, "_id": -1}, by="feed"),
    Asked("notifications", Notification, {"user_id": ID}, {"_id": -1}),
    Asked("unread notifications", Notification, {"user_id": ID, "is_read": False}),
    Asked("notifications of a thread", Notification, {"user_id": ID, "is_read": False, "category": "a", "link": "b"}),
    Asked("told of before", Notification, {"user_id": {"$in": [ID]}, "kind": "a", "once": "b"}),
    Asked("notifications of a subject", Notification, {"subject": "a"}, {"user_id": 1, "_id": 1}, by="subject"),
    Asked("deliveries that are due", Delivery, {"user_id": ID, "channel": "a", "state": "queued"}, {"due_at": 1}),
    Asked("thread of two", Thread, {"pair": "a"}, by="pair_once"),
    Asked("own threads", ThreadMember, {"user_id": ID, "left_at": None}, by="of_user"),
    Asked("messages", Message, {"thread_id": ID, "seq": {"$gte": 1, "$lte": 9}}, {"seq": -1}, by="in_order"),
    Asked("deliveries of a webhook", WebhookDelivery, {"webhook_id": ID}, {"_id": -1}, by="newest"),
)


def stages(plan: object) -> Iterator[Mapping[str, Any]]:
    """Every stage of a plan, however it is nested."""
    if isinstance(plan, Mapping):
        if "stage" in plan:
            yield plan
        plan = list(plan.values())
    if isinstance(plan, Sequence) and not isinstance(plan, str):
        for part in plan:
            yield from stages(part)


async def planned(asked: Asked) -> list[Mapping[str, Any]]:
    collection = asked.model.get_pymongo_collection()
    question = {"find": collection.name, "filter": asked.where, **({"sort": asked.sort} if asked.sort else {})}
    plan = await collection.database.command({"explain": question, "verbosity": "queryPlanner"})
    return list(stages(plan["queryPlanner"]["winningPlan"]))


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.name)
async def test_no_question_reads_a_whole_collection(core: Core, asked: Asked):
    """The planner takes an index, and where only one will do, that one."""
    plan = await planned(asked)
    assert {stage["stage"] for stage in plan} & {"COLLSCAN", "EOF"} == set()
    used = {stage["indexName"] for stage in plan if "indexName" in stage}
    assert asked.by is None or used == {asked.by}


AMONG_MANY: Final = (
    Asked("repeat of a message", Message, {"sender_id": ID, "client_id": "7"}, by="repeat"),
    Asked("factors of a user", Factor, {"user_id": ID, "confirmed_at": {"$ne": None}}, {"_id": 1}, by="of_user"),
)


@pytest.mark.parametrize("asked", AMONG_MANY, ids=lambda asked: asked.name)
async def test_the_right_index_is_taken_where_there_are_many(core: Core, asked: Asked):
    """Among 300 of one sender, or of others: what an empty collection would not show."""
    collection = asked.model.get_pymongo_collection()
    rows = [
        {"_id": PydanticObjectId(), "thread_id": PydanticObjectId(), "sender_id": ID, "client_id": str(number)}
        for number in range(300)
    ]
    await collection.insert_many(rows)
    try:
        plan = await planned(asked)
    finally:
        await collection.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
    assert {stage["indexName"] for stage in plan if "indexName" in stage} == {asked.by}
