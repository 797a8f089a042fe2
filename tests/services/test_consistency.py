"""The nightly checks: each finds its fault where one is planted, and nothing in a school that is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from beanie import PydanticObjectId
from pymongo import AsyncMongoClient

from models.accounts import User
from models.courses import Course
from models.delivery import StoredEvent, StreamHead
from models.findings import Finding
from models.notifications import Notification
from models.unit import AuditRecord, Job, SentMail
from schemas.accounts import SignUpIn
from schemas.jobs import CheckArgs
from schemas.notifications import Category, NotificationKind
from schemas.types import CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core
from server.metrics import Metrics
from services.accounts.registration import create_user
from services.audit_chain import last_link
from services.consistency.checks import CHECKS
from services.consistency.findings import note
from services.consistency.looking import ROWS, Problem, looking
from services.crypto import KeyedHash
from services.scopes import Actor, Scope
from services.unit import Unit
from tests.harness.process import Place, run
from tests.harness.school import School
from workers.housekeeping import MOST, check
from workers.mail import StoringMailer
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

OF = {row.name: row for row in CHECKS}
LONG_AGO = timedelta(hours=5)


async def found_by(core: Core, name: str) -> dict[str, str]:
    """All that a check finds, page by page: what, by where."""
    problems, after = {}, None
    while True:
        async with looking(core.keys.ring, KeyedHash(core.keys.audit or b""), after) as look:
            seen = await OF[name].run(look)
        problems |= {problem.subject: problem.found for problem in seen.problems}
        if (after := seen.after) is None:
            return problems


async def person(core: Core, role: UserRole = UserRole.STUDENT) -> PydanticObjectId:
    scope, name = Scope(Actor(), Unit(now()), core.keys.ring), str(PydanticObjectId())
    draft = SignUpIn(email=f"{name}@x.example", password="a long password", first_name="A", last_name="B")
    user = await create_user(scope, core.desk, draft)
    user.role = role
    await core.committer.commit(scope.unit)
    return user.id


async def stream_of(*seqs: int, head: int, subject: str = "none:1") -> str:
    """A stream with these numbers, whose head says so."""
    stream, at = f"announcements/course:{PydanticObjectId()}", now()
    for seq in seqs:
        row = {"_id": {"stream": stream, "seq": seq}, "fact_id": PydanticObjectId(), "name": "x", "spec_version": 1}
        row |= {"object_version": None, "subject": subject, "actor_id": None, "mutation": None, "payload": {}, "at": at}
        await StoredEvent.get_pymongo_collection().insert_one(row)
    await StreamHead.get_pymongo_collection().insert_one({"_id": stream, "seq": head, "at": at})
    return stream


async def plant_hole(_: Core) -> tuple[str, str]:
    return await stream_of(1, 2, 4, 5, head=5), "1 numbers are missing, the first is 3"


async def plant_late_head(_: Core) -> tuple[str, str]:
    return await stream_of(1, 2, head=1), "the newest event is 2, the head says 1"


async def plant_lost_events(_: Core) -> tuple[str, str]:
    return await stream_of(head=3), "the newest event is missing, the head says 3"


async def plant_event_of_nothing(_: Core) -> tuple[str, str]:
    subject = f"announcement:{PydanticObjectId()}"
    await stream_of(1, head=1, subject=subject)
    return subject, "events tell of what does not exist"


async def plant_notified_nobody(_: Core) -> tuple[str, str]:
    nobody = PydanticObjectId()
    facts = {"kind": NotificationKind.JOB_FINISHED, "category": Category.SYSTEM, "facts": {}, "link": "/"}
    row = Notification(id=PydanticObjectId(), user_id=nobody, once="x", subject="x:1", created_at=now(), **facts)
    await row.insert()
    return f"user:{nobody}", "was notified and does not exist"


async def plant_empty_seats(_: Core) -> tuple[str, str]:
    shelf = {"category": CourseCategory.OTHER, "difficulty_level": DifficultyLevel.BEGINNER, "search_text": "c"}
    course = Course(
        created_at=now(), updated_at=now(), title="C", description="D", instructor_id=PydanticObjectId(), **shelf
    )
    course.seats_taken = 3
    await course.insert()
    return f"course:{course.id}", "3 seats are taken, 0 people sit"


async def plant_lost_index(core: Core) -> tuple[str, str]:
    user_id = await person(core)
    await core.database.database["users"].update_one({"_id": user_id}, {"$set": {"email_bidx": str(user_id)}})
    return f"user:{user_id}", "the address is not found by its index"


async def plant_broken_address(core: Core) -> tuple[str, str]:
    user_id = await person(core)
    await core.database.database["users"].update_one({"_id": user_id}, {"$set": {"email_ct": "k1:AAAA"}})
    return f"user:{user_id}", "the address cannot be read"


async def stuck_job(state: str, *, run_at: datetime, lease_until: datetime | None = None) -> str:
    job = Job(id=PydanticObjectId(), kind="mail.lost", args={}, request_id="x", state=state, run_at=run_at)
    job.lease_until, job.lease_token = lease_until, "held" if lease_until else None
    await job.insert()
    return f"job:{job.id}"


async def plant_dead_job(_: Core) -> tuple[str, str]:
    return await stuck_job("dead", run_at=now()), "mail.lost is dead"


async def plant_overdue_job(_: Core) -> tuple[str, str]:
    return await stuck_job("ready", run_at=now() - LONG_AGO), "mail.lost is due for more than an hour"


async def plant_abandoned_job(_: Core) -> tuple[str, str]:
    job = await stuck_job("leased", run_at=now(), lease_until=now() - LONG_AGO)
    return job, "mail.lost was left by its worker"


async def plant_unsealed_record(core: Core) -> tuple[str, str]:
    row = {"_id": PydanticObjectId(), "action": "x.y", "at": now() - LONG_AGO, "seq": None}
    await core.database.database["audit_log"].insert_one(row)
    return "sealer", "records have waited for their seal for ten minutes"


PLANTED = [
    ("streams", plant_hole),
    ("streams", plant_late_head),
    ("streams", plant_lost_events),
    ("subjects", plant_event_of_nothing),
    ("notifications", plant_notified_nobody),
    ("seats", plant_empty_seats),
    ("accounts", plant_lost_index),
    ("accounts", plant_broken_address),
    ("jobs", plant_dead_job),
    ("jobs", plant_overdue_job),
    ("jobs", plant_abandoned_job),
    ("audit", plant_unsealed_record),
]


@pytest.mark.parametrize(("name", "plant"), PLANTED, ids=[plant.__name__ for _, plant in PLANTED])
async def test_a_check_finds_the_fault_that_is_planted(
    core: Core, name: str, plant: Callable[[Core], Awaitable[tuple[str, str]]]
):
    """Where it is, and what does not agree."""
    subject, found = await plant(core)
    try:
        assert (await found_by(core, name))[subject] == found
    finally:
        await Job.get_pymongo_collection().delete_many({"kind": "mail.lost"})
        await AuditRecord.get_pymongo_collection().delete_many({"action": "x.y"})
        if subject.startswith("user:"):
            await User.get_pymongo_collection().delete_one({"_id": PydanticObjectId(subject[5:])})


async def test_a_broken_audit_log_is_found(core: Core):
    """A record that was not sealed like this; the chain is followed in pages."""
    log = core.database.database["audit_log"]
    last = await last_link(log)
    bad = {"_id": PydanticObjectId(), "action": "x.y", "at": now(), "seq": last.seq + 1, "seal": "forged"}
    await log.insert_one(bad)
    found = await found_by(core, "audit")
    await log.delete_one({"_id": bad["_id"]})
    assert found["audit_log"] == f"record {last.seq + 1} ({bad['_id']}, x.y) is not what was sealed"


async def test_a_lost_index_is_found(core: Core):
    """What must be unique, or expire, is so only while its index is there."""
    mails = SentMail.get_pymongo_collection()
    await mails.drop_index("expiry")
    lost = await found_by(core, "indexes")
    await mails.create_index([("at", 1)], name="expiry", expireAfterSeconds=60)
    changed = await found_by(core, "indexes")
    await mails.drop_index("expiry")
    await mails.create_indexes(SentMail.Settings.indexes)
    assert (lost["index:dev_mails.expiry"], changed["index:dev_mails.expiry"]) == (
        "is missing",
        "is not what the models say",
    )
    assert "index:dev_mails.expiry" not in await found_by(core, "indexes")


async def test_a_fault_on_a_later_page_is_found(core: Core):
    """A check goes through everything, 500 rows at a time."""
    rows = [{"_id": PydanticObjectId(), "seats_taken": 0} for _ in range(ROWS + 1)]
    rows[-1]["seats_taken"] = 1
    await Course.get_pymongo_collection().insert_many(rows)
    found = await found_by(core, "seats")
    await Course.get_pymongo_collection().delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
    assert found[f"course:{rows[-1]['_id']}"] == "1 seats are taken, 0 people sit"


async def test_what_was_taken_back_is_no_fault(core: Core):
    """The events of something that is gone may stay in the log, empty."""
    subject, _ = await plant_event_of_nothing(core)
    emptied = {"$set": {"payload": {"_redacted": True}}}
    await StoredEvent.get_pymongo_collection().update_many({"subject": subject}, emptied)
    assert subject not in await found_by(core, "subjects")


async def test_a_school_that_is_well_has_nothing_to_find(new_place):
    """`coursewire check` says so of every check with status 0; with a fault it names it, and ends with another."""
    place: Place = new_place()
    await run(place, "seed")
    said = (await run(place, "check")).splitlines()
    assert [line.split() for line in said] == [["ok", row.name] for row in CHECKS]
    async with AsyncMongoClient(place.mongodb_url) as client:
        await client[place.database]["streams"].insert_one({"_id": "announcements/all", "seq": 2, "at": now()})
    with pytest.raises(AssertionError, match=r"FAIL streams\n +announcements/all: the newest event is missing"):
        await run(place, "check")


async def test_what_is_found_is_counted():
    """Every check has its figure from the start, so that a first finding is seen to be one more."""
    metrics = Metrics()
    metrics.found("seats", new=2)
    text = (await metrics.text()).decode()
    assert 'consistency_findings_total{check="seats"} 2.0' in text
    assert 'consistency_findings_total{check="jobs"} 0.0' in text


class Count:
    """What a worker's figures would have been told."""

    def __init__(self) -> None:
        self.new = 0

    def found(self, check: str, *, new: int) -> None:
        assert check == "jobs"
        self.new += new


async def round_of_jobs(core: Core, meter: Count) -> list[Any]:
    """One page of the check of jobs, committed; the arguments of the jobs that it made."""
    unit = Unit(now())
    tools = Tools(core.keys.ring, StoringMailer(), StoringTexter(), findings=meter)
    await check(CheckArgs(check="jobs"), Work(unit, tools))
    await core.committer.commit(unit)
    return [job.args for job in unit.jobs]


async def test_a_finding_is_told_once_kept_while_it_lasts_and_resolved_when_it_is_gone(core: Core):
    """Administrators hear of what is new; the next night finds it again and says nothing; a mended fault is over."""
    await Job.get_pymongo_collection().delete_many({})
    admin, (job, _), meter = await person(core, UserRole.ADMIN), await plant_dead_job(core), Count()
    (news,) = await round_of_jobs(core, meter)
    assert str(admin) in news["people"]
    assert (news["kind"], news["facts"]) == (NotificationKind.SCHOOL_INCONSISTENT, {"check": "jobs", "count": "1"})
    first = await Finding.get(f"jobs:{job}")
    assert await round_of_jobs(core, meter) == []
    again = await Finding.get(f"jobs:{job}")
    assert (again.first_seen, again.last_seen > first.last_seen, again.resolved_at) == (first.first_seen, True, None)
    await Job.get_pymongo_collection().delete_many({"kind": "mail.lost"})
    await round_of_jobs(core, meter)
    assert ((await Finding.get(f"jobs:{job}")).resolved_at is not None, meter.new) == (True, 1)


async def test_a_round_begins_every_check(core: Core):
    """What the night begins with: a job for each, so that one that fails keeps none of the others."""
    unit = Unit(now())
    await check(CheckArgs(), Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())))
    assert [job.args["check"] for job in unit.jobs] == [row.name for row in CHECKS]


async def test_a_fault_everywhere_is_kept_two_hundred_times(core: Core):
    """The round ends there, and resolves nothing that it did not look at."""
    unit, problems = Unit(now()), [Problem(f"x:{n}", "y") for n in range(3)]
    assert await note(unit, "flood", problems, unit.at) == problems
    await core.committer.commit(unit)
    stand = CheckArgs(check="jobs", began=now(), found=MOST)
    unit = Unit(now())
    await check(stand, Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())))
    assert (unit.updates, [job.args for job in unit.jobs if job.kind == "housekeeping.check"]) == ([], [])


async def test_administrators_read_what_was_found(school: School):
    """Open ones, and with `resolved` those that are over; nobody else reads them."""
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        rows = client[school.place.database]["findings"]
        base = {"check": "planted", "found": "is odd", "first_seen": now(), "last_seen": now()}
        await rows.insert_one({"_id": "planted:a", "subject": "a", "resolved_at": None, **base})
        await rows.insert_one({"_id": "planted:b", "subject": "b", "resolved_at": now(), **base})
    listed = await school.admin.get("/api/v1/admin/consistency?check=planted")
    assert [(row["subject"], row["found"], row["resolvedAt"]) for row in listed.data] == [("a", "is odd", None)]
    everything = await school.admin.get("/api/v1/admin/consistency?check=planted&resolved=true")
    assert {row["subject"] for row in everything.data} == {"a", "b"}
    assert (await (await school.person()).get("/api/v1/admin/consistency")).status == 403
