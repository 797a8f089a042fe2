"""The chain over the audit log: each record is sealed together with the seal of the one before it.

A seal is `HMAC-SHA-256(audit key, previous seal, number, record)`. Whoever changes, drops or reorders a sealed record,
or seals it anew without the key, breaks the chain at that record (`docs/security.md`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

import orjson
from bson.codec_options import CodecOptions
from pymongo.asynchronous.collection import AsyncCollection

from services.crypto import KeyedHash

AuditRow: TypeAlias = Mapping[str, object]

ORIGIN: Final = "0" * 64
"""What stands before the first record."""

AWARE: Final[CodecOptions[AuditRow]] = CodecOptions(tz_aware=True)
UNSEALED: Final = {"seq": None}
LONG_AGO: Final = datetime.fromtimestamp(0, UTC)
SEALED: Final = {"seq": {"$gt": 0}}


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands."""

    seq: int = 0
    seal: str = ORIGIN

    def next(self, record: AuditRow, key: KeyedHash) -> Link:
        number = self.seq + 1
        return Link(number, key.of(self.seal, str(number), canonical(record)))


BEGINNING: Final = Link()


def canonical(record: AuditRow) -> bytes:
    """All that a record says, in one form, as it is read from the database."""
    said = {name: value for name, value in record.items() if name not in {"seq", "seal"}}
    return orjson.dumps(said, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


async def last_link(log: AsyncCollection[AuditRow]) -> Link:
    row = await log.find_one(SEALED, {"seq": 1, "seal": 1}, sort=[("seq", -1)])
    return Link(int(str(row["seq"])), str(row["seal"])) if row else Link()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found; `problem` names the first bad record."""

    head: Link
    unsealed: int
    problem: str | None = None


async def verify(
    log: AsyncCollection[AuditRow],
    heads: AsyncCollection[AuditRow],
    key: KeyedHash,
    told: Link | None = None,
    *,
    start: Link = BEGINNING,
    limit: int = 0,
) -> Verdict:
    """Go through the chain, and compare it with the heads of the days, and one `told` elsewhere.

    From its beginning to its end, or, for who goes on where they know that it was whole, at most `limit` from there.
    """
    log = log.with_options(AWARE)
    later = {"seq": {"$gt": start.seq}}
    days = {int(str(row["seq"])): row async for row in heads.find(later).sort("_id", 1)}
    if told is not None:
        days[told.seq] = {"_id": "that was told", "seal": told.seal}
    link, problem = start, None
    async for row in log.find(later).sort([("seq", 1), ("_id", 1)]).limit(limit):
        expected = link.next(row, key)
        problem = _problem(row, expected, days.pop(expected.seq, None))
        if problem is not None:
            break
        link = expected
    is_at_end = not limit or link.seq < start.seq + limit
    if problem is None and days and is_at_end:
        missing = min(days)
        problem = f"record {missing} is missing, with which the day {days[missing]['_id']} ended"
    waiting = {**UNSEALED, "at": {"$gt": LONG_AGO}}  # the instant names the index, which a count would not take
    return Verdict(link, await log.count_documents(waiting), problem)


def _problem(row: AuditRow, expected: Link, head: AuditRow | None) -> str | None:
    if row["seq"] != expected.seq:
        return f"record {expected.seq} is missing: after {expected.seq - 1} comes {row['seq']} ({row['_id']})"
    if row.get("seal") != expected.seal:
        return f"record {expected.seq} ({row['_id']}, {row.get('action')}) is not what was sealed"
    if head is not None and head["seal"] != expected.seal:
        return f"record {expected.seq} ({row['_id']}) is not the one with which the day {head['_id']} ended"
    return None


async def unsealed(log: AsyncCollection[AuditRow], limit: int) -> AsyncIterator[AuditRow]:
    """The records that wait for their seal, oldest first."""
    async for row in log.with_options(AWARE).find(UNSEALED).sort([("at", 1), ("_id", 1)]).limit(limit):
        yield row
