"""One attempt to write several units in one MongoDB transaction.

The order of the steps is part of the contract: stored answers are read first, guards run before anything
that would have to be undone, and the streams' counters come last, in sorted order, so that two processes
never wait for each other in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from beanie import Document, PydanticObjectId
from beanie.odm.utils.dump import get_dict
from pydantic import JsonValue
from pymongo import ReturnDocument, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from models.delivery import Revocation, SchoolMeta, StoredEvent, StreamHead
from models.unit import AuditRecord, IdempotencyRecord, Job
from schemas.events import TAKING_BACK
from services.event_log import REDACTED, WireEvent, to_wire
from services.unit import PendingEvent, PendingJob, PendingRevocation, Unit


@dataclass(frozen=True, slots=True)
class Committed:
    """What a unit became: its events with their numbers, and what other instances should hear.

    `jobs` are the kinds of those that can begin at once.
    """

    events: tuple[WireEvent, ...] = ()
    touched: frozenset[str] = frozenset()
    revocations: tuple[PendingRevocation, ...] = ()
    jobs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stale:
    """A guard matched nothing, or a unique value was taken meanwhile; nothing of the unit was written."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The same request was answered before; nothing of this copy was written."""

    record: IdempotencyRecord


@dataclass(frozen=True, slots=True)
class Deferred:
    """Another copy of the same request stands in this batch; this one waits for it."""


Outcome: TypeAlias = Committed | Stale | Answered | Deferred


class TornUnitError(Exception):
    """A later guard of a unit matched nothing: what was written must be rolled back."""


async def apply(units: Sequence[Unit], session: AsyncClientSession, epoch: str) -> list[Outcome]:
    """Write the units in the session's open transaction, and say what became of each, in order."""
    outcomes: dict[int, Outcome] = await _answered_before(units, session)
    going: dict[int, Unit] = {}
    for index, unit in enumerate(units):
        if index in outcomes:
            continue
        whole = unit if unit.inside_work is None else unit.joined(await unit.inside_work(session))
        if await _pass_guards(whole, session):
            going[index] = whole
        else:
            outcomes[index] = Stale()
    writing = list(going.values())
    await _remove_all(writing, session)
    await _insert_all(writing, session)
    await _redact(writing, session)
    numbered = await _number(writing, session, epoch)
    await _stamp_all(writing, session)
    await _audit_all(writing, session)
    outcomes |= {index: _committed(unit, numbered[id(unit)]) for index, unit in going.items()}
    return [outcomes[index] for index in range(len(units))]


def _committed(unit: Unit, events: list[WireEvent]) -> Committed:
    due = frozenset(job.kind for job in unit.jobs if job.at is None and not job.after_s)
    return Committed(tuple(events), frozenset(unit.touched), tuple(unit.revocations), due)


async def _answered_before(units: Sequence[Unit], session: AsyncClientSession) -> dict[int, Outcome]:
    keys = [unit.answer.id for unit in units if unit.answer]
    if not keys:
        return {}
    rows = IdempotencyRecord.get_pymongo_collection().find({"_id": {"$in": keys}}, session=session)
    known = {row["_id"]: IdempotencyRecord.model_validate(row) async for row in rows}
    outcomes: dict[int, Outcome] = {}
    waiting: set[str] = set()
    for index, unit in enumerate(units):
        if unit.answer is None:
            continue
        if unit.answer.id in known:
            outcomes[index] = Answered(known[unit.answer.id])
        elif unit.answer.id in waiting:
            outcomes[index] = Deferred()
        waiting.add(unit.answer.id)
    return outcomes


async def _pass_guards(unit: Unit, session: AsyncClientSession) -> bool:
    """Run the guarded updates. False when the first matched nothing, so nothing was written."""
    for position, update in enumerate(unit.updates):
        collection = update.model.get_pymongo_collection()
        result = await collection.update_one(update.where, update.change, session=session)
        if result.matched_count == 0:
            if position == 0:
                return False
            raise TornUnitError
    return True


async def _remove_all(units: Iterable[Unit], session: AsyncClientSession) -> None:
    for unit in units:
        for removal in unit.removals:
            await removal.model.get_pymongo_collection().delete_many(removal.where, session=session)


async def _insert_all(units: Iterable[Unit], session: AsyncClientSession) -> None:
    by_model: dict[type[Document], list[Mapping[str, object]]] = defaultdict(list)
    for unit in units:
        for document in unit.inserts:
            by_model[type(document)].append(get_dict(document, to_db=True))
    for model, rows in by_model.items():
        await model.get_pymongo_collection().insert_many(rows, session=session)


async def _redact(units: Sequence[Unit], session: AsyncClientSession) -> None:
    """Empty the stored events of what was taken back, but for those that say so."""
    subjects = [subject for unit in units for subject in unit.redactions]
    if subjects:
        await StoredEvent.get_pymongo_collection().update_many(
            {"subject": {"$in": subjects}, "name": {"$nin": sorted(TAKING_BACK)}},
            {"$set": {"payload": REDACTED}},
            session=session,
        )


def _redacted_later(units: Sequence[Unit]) -> list[set[str]]:
    """For each unit, what the units behind it in this batch take back: that is stored empty at once."""
    behind: list[set[str]] = []
    subjects: set[str] = set()
    for unit in reversed(units):
        behind.append(set(subjects))
        subjects |= set(unit.redactions)
    return behind[::-1]


@dataclass(slots=True)
class Numbering:
    """The next number of one stream, and the database's time at which it was drawn."""

    next_seq: int
    at: datetime


async def _number(units: Sequence[Unit], session: AsyncClientSession, epoch: str) -> dict[int, list[WireEvent]]:
    wire: dict[int, list[WireEvent]] = {id(unit): [] for unit in units}
    counts: dict[str, int] = defaultdict(int)
    for unit in units:
        for event in unit.events:
            for stream in event.streams:
                counts[stream] += 1
    numbering = await draw(counts, session) if counts else {}
    rows: list[Mapping[str, object]] = []
    for unit, taken_back in zip(units, _redacted_later(units), strict=True):
        for event in unit.events:
            is_empty = event.subject in taken_back and not event.spec.takes_back
            payload = REDACTED if is_empty else event.payload
            for stream in event.streams:
                row = _event_row(unit, event, payload, stream, numbering[stream])
                rows.append(row)
                wire[id(unit)].append(to_wire(row, epoch))
    if rows:
        await StoredEvent.get_pymongo_collection().insert_many(rows, session=session)
    return wire


async def draw(counts: Mapping[str, int], session: AsyncClientSession) -> Mapping[str, Numbering]:
    """Take so many numbers of each stream, in sorted order; the rows stay ours until the commit.

    One command for one stream, two for any more of them: whoever tells a crowd has a stream for each person.
    """
    if len(counts) == 1:
        [(stream, count)] = counts.items()
        return {stream: await _draw_one(stream, count, session)}
    heads, streams = StreamHead.get_pymongo_collection(), sorted(counts)
    grown = [UpdateOne({"_id": stream}, [_grown(counts[stream])], upsert=True) for stream in streams]
    await heads.bulk_write(grown, session=session)
    rows = heads.find({"_id": {"$in": streams}}, session=session, batch_size=len(streams) + 1)
    drawn = [StreamHead.model_validate(row) async for row in rows]
    return {head.id: Numbering(head.seq - counts[head.id] + 1, head.at) for head in drawn}


async def _draw_one(stream: str, count: int, session: AsyncClientSession) -> Numbering:
    row = await StreamHead.get_pymongo_collection().find_one_and_update(
        {"_id": stream}, [_grown(count)], upsert=True, return_document=ReturnDocument.AFTER, session=session
    )
    head = StreamHead.model_validate(row)
    return Numbering(head.seq - count + 1, head.at)


def _grown(count: int) -> Mapping[str, object]:
    return {"$set": {"seq": {"$add": [{"$ifNull": ["$seq", 0]}, count]}, "at": "$$NOW"}}


def _event_row(
    unit: Unit, event: PendingEvent, payload: Mapping[str, JsonValue], stream: str, numbering: Numbering
) -> Mapping[str, object]:
    seq = numbering.next_seq
    numbering.next_seq += 1
    return {
        "_id": {"stream": stream, "seq": seq},
        "fact_id": event.fact_id,
        "name": event.spec.name,
        "spec_version": event.spec.version,
        "object_version": event.object_version,
        "subject": event.subject,
        "actor_id": unit.author.user_id,
        "mutation": unit.author.mutation,
        "payload": payload,
        "at": numbering.at,
    }


async def _stamp_all(units: Iterable[Unit], session: AsyncClientSession) -> None:
    """Write what carries the database's time: answers, jobs, revocations."""
    by_model: dict[type[Document], list[UpdateOne]] = defaultdict(list)
    for unit in units:
        if unit.answer is not None:
            by_model[IdempotencyRecord].append(_stamped(get_dict(unit.answer, to_db=True), "at"))
        by_model[Job].extend(_stamped_job(unit, job) for job in unit.jobs)
        by_model[Revocation].extend(_stamped(_revocation_row(entry), "at") for entry in unit.revocations)
    for model, operations in by_model.items():
        if operations:
            await model.get_pymongo_collection().bulk_write(operations, session=session)


def _stamped(row: Mapping[str, object], clock_field: str) -> UpdateOne:
    stamped = {"$replaceWith": {"$mergeObjects": [{"$literal": row}, {clock_field: "$$NOW"}]}}
    return UpdateOne({"_id": row["_id"]}, [stamped], upsert=True)


async def _audit_all(units: Sequence[Unit], session: AsyncClientSession) -> None:
    """Insert the audit rows, and nothing but insert: our user may not change that collection (docs/security.md)."""
    if not any(unit.audits for unit in units):
        return
    clock = await SchoolMeta.get_pymongo_collection().find_one({}, {"now": "$$NOW"}, session=session)
    rows = [row for unit in units for row in _audit_rows(unit, clock["now"] if clock else unit.at)]
    await AuditRecord.get_pymongo_collection().insert_many(rows, session=session)


def _audit_rows(unit: Unit, at: datetime) -> Iterable[Mapping[str, object]]:
    for audit in unit.audits:
        yield {
            "_id": PydanticObjectId(),
            "actor_id": unit.author.user_id,
            "session_id": unit.author.session_id,
            "action": audit.action,
            "subject": audit.subject,
            "details": audit.details,
            "result": unit.result,
            "ip_prefix": unit.author.ip_prefix,
            "request_id": unit.author.request_id,
            "at": at,
            "seq": None,
        }


def _stamped_job(unit: Unit, job: PendingJob) -> UpdateOne:
    """A new job; where one of its key is there, that one stays as it is."""
    row = {
        "_id": PydanticObjectId(),
        "kind": job.kind,
        "args": job.args,
        "key": job.key,
        "line": job.line,
        "owner_id": unit.author.user_id,
        "state": "ready",
        "attempt": 0,
        "lease_token": None,
        "lease_until": None,
        "started_at": None,
        "progress": None,
        "request_id": unit.author.request_id,
        "error": None,
        "finished_at": None,
        "died_at": None,
    }
    due = job.at or {"$add": ["$$NOW", int(job.after_s * 1000)]}
    new = {"$mergeObjects": [{"$literal": row}, {"created_at": "$$NOW", "run_at": due}]}
    kept = {"$cond": [{"$gt": ["$kind", None]}, "$$ROOT", new]}
    return UpdateOne(
        {"_id": row["_id"]} if job.key is None else {"key": job.key}, [{"$replaceWith": kept}], upsert=True
    )


def _revocation_row(entry: PendingRevocation) -> Mapping[str, object]:
    return {"_id": entry.key, "reason": entry.reason, "permission_version": entry.permission_version}
