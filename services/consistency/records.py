"""Whether what is stored agrees with itself: counts, accounts, jobs, indexes, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId
from cryptography.exceptions import InvalidTag

from models import DOCUMENTS
from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from models.unit import AuditHead, AuditRecord, Job
from schemas.types import SEATED
from services.audit_chain import UNSEALED, Link, verify
from services.consistency.looking import ROWS, Look, Problem, Row, Seen
from services.crypto import UnknownKeyError, normalised_email

ABANDONED: Final = timedelta(minutes=10)
OVERDUE: Final = timedelta(hours=1)
UNSEALED_FOR: Final = timedelta(minutes=10)


async def check_seats(look: Look) -> Seen:
    """Each course counts as many seats taken as people sit in it."""
    rows = await look.rows(Course, _behind(look), ["seats_taken"])
    seated = {"course_id": {"$in": [row["_id"] for row in rows]}, "state": {"$in": list(SEATED)}}
    groups = await look.groups(
        Enrollment, [{"$match": seated}, {"$group": {"_id": "$course_id", "count": {"$sum": 1}}}]
    )
    counts = {group["_id"]: group["count"] for group in groups}
    problems = [
        Problem(f"course:{row['_id']}", f"{row['seats_taken']} seats are taken, {counts.get(row['_id'], 0)} people sit")
        for row in rows
        if row["seats_taken"] != counts.get(row["_id"], 0)
    ]
    return _page(rows, problems)


async def check_accounts(look: Look) -> Seen:
    """Each account's address can be read, and is found by its index."""
    rows = await look.rows(User, _behind(look), ["email_ct", "email_bidx"])
    found = ((row, _address_problem(row, look)) for row in rows)
    return _page(rows, [Problem(f"user:{row['_id']}", problem) for row, problem in found if problem])


def _address_problem(row: Row, look: Look) -> str | None:
    try:
        address = look.keys.fields.open(str(row.get("email_ct")), "users", str(row["_id"]), "email")
    except (InvalidTag, UnknownKeyError, ValueError):
        return "the address cannot be read"
    known = look.keys.email_index.all_of(normalised_email(address))
    return None if row.get("email_bidx") in known else "the address is not found by its index"


async def check_jobs(look: Look) -> Seen:
    """No job is dead, long overdue, or held by a worker that does not hold it any more."""
    problems: list[Problem] = []
    for said, stuck in (
        ("is dead", {"state": "dead"}),
        ("is due for more than an hour", {"state": "ready", "run_at": {"$lt": look.at - OVERDUE}}),
        ("was left by its worker", {"state": "leased", "lease_until": {"$lt": look.at - ABANDONED}}),
    ):
        rows = await look.rows(Job, stuck, ["kind"], sort=[("run_at", 1)])  # by index: most jobs are done
        problems += [Problem(f"job:{row['_id']}", f"{row['kind']} {said}") for row in rows]
    return Seen(problems)


async def check_indexes(look: Look) -> Seen:
    """Every index that the models name is there, and as they say."""
    problems: list[Problem] = []
    for model in DOCUMENTS:
        collection = model.get_pymongo_collection()
        there = await collection.index_information()
        for wanted in getattr(model.Settings, "indexes", []):
            name, options = wanted.document["name"], ("unique", "expireAfterSeconds")
            found = there.get(name)
            if found is None:
                problems.append(Problem(f"index:{collection.name}.{name}", "is missing"))
            elif any(found.get(option) != wanted.document.get(option) for option in options):
                problems.append(Problem(f"index:{collection.name}.{name}", "is not what the models say"))
    del look
    return Seen(problems)


async def check_audit(look: Look) -> Seen:
    """The chain over the audit log is whole, and the sealer keeps up with it."""
    if look.audit is None:
        return Seen()
    database = AuditRecord.get_pymongo_collection().database
    log, heads = database[AuditRecord.get_collection_name()], database[AuditHead.get_collection_name()]
    seq, _, seal = (look.after or "").partition(":")
    start = Link(int(seq), seal) if look.after else Link()
    verdict = await verify(log, heads, look.audit, start=start, limit=ROWS)
    if verdict.problem is not None:
        return Seen([Problem("audit_log", verdict.problem)])
    if verdict.head.seq == start.seq + ROWS:
        return Seen((), f"{verdict.head.seq}:{verdict.head.seal}")
    late = {**UNSEALED, "at": {"$lt": look.at - UNSEALED_FOR}}
    waiting = await look.rows(AuditRecord, late, ["_id"], limit=1)
    return Seen([Problem("sealer", "records have waited for their seal for ten minutes")] if waiting else ())


def _behind(look: Look) -> Mapping[str, object]:
    return {"_id": {"$gt": PydanticObjectId(look.after)}} if look.after else {}


def _page(rows: list[Row], problems: list[Problem]) -> Seen:
    return Seen(problems, str(rows[-1]["_id"]) if len(rows) == ROWS else None)
