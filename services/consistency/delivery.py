"""Whether what was told is whole: numbers without holes, and nothing told of what never was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from beanie import Document, PydanticObjectId

from models.accounts import User
from models.announcements import Announcement
from models.courses import Course
from models.delivery import StoredEvent, StreamHead
from models.enrollments import Enrollment
from models.notifications import Notification
from services.consistency.looking import ROWS, Look, Problem, Row, Seen
from services.event_log import REDACTED

RECENT: Final = timedelta(days=2)
NEWEST: Final = 500
"""How many numbers of a stream are looked at, from its end."""

SUBJECTS: Final[dict[str, type[Document]]] = {
    "announcement": Announcement,
    "course": Course,
    "enrollment": Enrollment,
    "user": User,
}
"""What events are about, where it is kept for good; of other subjects nothing is said."""


async def check_streams(look: Look) -> Seen:
    """Of each stream that was told something in two days: the last 500 numbers have no hole, and end at its head."""
    behind = {"_id": {"$gt": look.after}} if look.after else {}
    heads = await look.rows(StreamHead, behind, ["seq", "at"], limit=ROWS)
    problems: list[Problem] = []
    for head in heads:
        if _instant(head, "at") >= look.at - RECENT:
            problems += await _holes(look, str(head["_id"]), _number(head, "seq"))
    return Seen(problems, str(heads[-1]["_id"]) if len(heads) == ROWS else None)


async def _holes(look: Look, stream: str, head: int) -> list[Problem]:
    low, high = {"stream": stream, "seq": max(head - NEWEST, 0)}, {"stream": stream, "seq": head + NEWEST}
    within = {"_id": {"$gt": low, "$lte": high}}
    rows = await look.rows(StoredEvent, within, ["_id"], limit=2 * NEWEST, sort=[("_id", -1)])
    seqs = [int(row["_id"]["seq"]) for row in rows]  # type: ignore[index]
    problems = []
    if not seqs or seqs[0] != head:
        problems.append(f"the newest event is {seqs[0] if seqs else 'missing'}, the head says {head}")
    missing = sorted(set(range(seqs[-1], seqs[0])) - set(seqs)) if seqs else []
    if missing:
        problems.append(f"{len(missing)} numbers are missing, the first is {missing[0]}")
    return [Problem(stream, "; ".join(problems))] if problems else []


async def check_subjects(look: Look) -> Seen:
    """What the events of two days are about exists, or they were taken back."""
    since = datetime.fromisoformat(look.after) if look.after else look.at - RECENT
    rows = await look.rows(
        StoredEvent,
        {"at": {"$gte": since}, "payload": {"$ne": REDACTED}},
        ["subject", "at"],
        sort=[("at", 1)],
    )
    problems: list[Problem] = []
    for name, model in SUBJECTS.items():
        told = {str(row["subject"]) for row in rows if str(row["subject"]).startswith(f"{name}:")}
        ids = {one.partition(":")[2]: one for one in told}
        gone = await look.missing(model, {PydanticObjectId(one) for one in ids}) if ids else set()
        problems += [Problem(ids[str(one)], "events tell of what does not exist") for one in gone]
    return Seen(problems, _next_instant(rows, since))


def _next_instant(rows: list[Row], since: datetime) -> str | None:
    """Where the next page begins: with the last moment again, because more may have happened in it."""
    if len(rows) < ROWS:
        return None
    last = _instant(rows[-1], "at")
    return (last if last > since else last + timedelta(milliseconds=1)).isoformat()


async def check_notifications(look: Look) -> Seen:
    """Whoever was notified in two days has an account."""
    oldest = PydanticObjectId.from_datetime(look.at - RECENT)
    after = PydanticObjectId(look.after) if look.after else oldest
    rows = await look.rows(Notification, {"_id": {"$gt": after}}, ["user_id"])
    gone = await look.missing(User, {row["user_id"] for row in rows}) if rows else set()
    problems = [Problem(f"user:{one}", "was notified and does not exist") for one in gone]
    return Seen(problems, str(rows[-1]["_id"]) if len(rows) == ROWS else None)


def _instant(row: Row, field: str) -> datetime:
    found = row[field]
    assert isinstance(found, datetime)
    return found


def _number(row: Row, field: str) -> int:
    return int(str(row[field]))
