"""The log of numbered events: reading it by position, and the form in which an event leaves the house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from pydantic import JsonValue

from models.delivery import SchoolMeta, StoredEvent, StreamHead
from schemas.envelope import Position

REDACTED: Final[Mapping[str, JsonValue]] = {"_redacted": True}
SWEEP_WINDOW_MS = 12_000
"""Longer than any transaction lives, so that a number that committed late is still looked at."""


@dataclass(frozen=True, slots=True)
class WireEvent:
    """An event ready to send: `payload` is the JSON text of the object, the same for every recipient.

    `mutation` goes to the sockets of `actor_id` only.
    """

    stream: str
    seq: int
    name: str
    payload: str
    fact_id: str
    actor_id: str | None
    mutation: str | None
    at: datetime

    def payload_for(self, user_id: str | None) -> str:
        """The payload as this user gets it: the writer recognises the own change by `_mutation`."""
        if self.mutation is None or user_id is None or user_id != self.actor_id:
            return self.payload
        return f'{self.payload[:-1]},"_mutation":{orjson.dumps(self.mutation).decode()}}}'


def to_wire(row: Mapping[str, object], epoch: str) -> WireEvent:
    """Render a row of the events collection."""
    event = StoredEvent.model_validate(row)
    body = {
        **event.payload,
        "_stream": event.id.stream,
        "_seq": event.id.seq,
        "_epoch": epoch,
        "_at": event.at,
        "_id": str(event.fact_id),
        "_version": event.object_version,
    }
    return WireEvent(
        stream=event.id.stream,
        seq=event.id.seq,
        name=event.name,
        payload=orjson.dumps(body, option=orjson.OPT_UTC_Z).decode(),
        fact_id=str(event.fact_id),
        actor_id=event.actor_id,
        mutation=event.mutation,
        at=event.at,
    )


class EventLog:
    """Reads the log, from the primary and with majority, so that nobody sees what could roll back."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._meta = SchoolMeta.get_pymongo_collection()

    async def is_restored(self) -> bool:
        """Whether the database has begun another epoch: then nothing that is known of it holds any more."""
        row = await self._meta.find_one({"_id": "school"}, {"epoch": 1})
        return row is not None and row["epoch"] != self.epoch

    async def heads(self, streams: Iterable[str]) -> dict[str, int]:
        """The number of each stream's last event; 0 for a stream without any."""
        names = list(streams)
        rows = StreamHead.get_pymongo_collection().find({"_id": {"$in": names}}, {"seq": 1})
        found = {str(row["_id"]): int(row["seq"]) async for row in rows}
        return {name: found.get(name, 0) for name in names}

    async def positions(self, streams: Iterable[str]) -> dict[str, Position]:
        """Where streams stand, for `asOf`: ask before reading what the snapshot shows."""
        return {name: (self.epoch, seq) for name, seq in (await self.heads(streams)).items()}

    async def after(self, stream: str, seq: int, limit: int) -> list[WireEvent]:
        """The next events behind `seq`, oldest first. Whoever asks checks that the numbers follow."""
        low, high = {"stream": stream, "seq": seq}, {"stream": stream, "seq": seq + limit}
        cursor = StoredEvent.get_pymongo_collection().find({"_id": {"$gt": low, "$lte": high}}).sort("_id", 1)
        return [to_wire(row, self.epoch) async for row in cursor]

    async def fact_at(self, stream: str, seq: int) -> str | None:
        """The fact stored under a number, to notice a database that was restored by hand."""
        key = {"stream": stream, "seq": seq}
        row = await StoredEvent.get_pymongo_collection().find_one({"_id": key}, {"fact_id": 1})
        return str(row["fact_id"]) if row else None

    async def recent_heads(self) -> dict[str, int]:
        """The newest number of each stream that had an event in the last 12 s, by the database's clock."""
        since = {"$expr": {"$gte": ["$at", {"$subtract": ["$$NOW", SWEEP_WINDOW_MS]}]}}
        newest: dict[str, int] = {}
        async for row in StoredEvent.get_pymongo_collection().find(since, {"_id": 1}).hint("at"):
            stream, seq = row["_id"]["stream"], row["_id"]["seq"]
            newest[stream] = max(seq, newest.get(stream, 0))
        return newest


async def read_epoch() -> str:
    """The text that tells this database's numbers from those of any other."""
    meta = await SchoolMeta.get("school")
    if meta is None:
        message = "The database has no epoch: run `coursewire migrate` first."
        raise LookupError(message)
    return meta.epoch
