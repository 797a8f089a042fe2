"""The sealer: chains the records of the audit log to each other, a second or two after they were committed.

A record is committed without its place in the chain, because otherwise every change of the house would wait for the
one before it. One worker seals at a time, under a lease; the unique place in the chain keeps a late one from forking
it. Seals are written here and not by the committer: another user of the database may write them, and only they may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import structlog
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from models.unit import AuditHead, AuditRecord
from schemas.types import now
from services.audit_chain import AuditRow, Link, last_link, unsealed
from services.crypto import KeyedHash

EVERY_S: Final = 1.0
LEASE_MS: Final = 3_000
AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


class Sealer:
    """Seals until it is cancelled, whenever it holds the lease."""

    def __init__(self, database: AsyncDatabase[AuditRow], key: bytes) -> None:
        self._log = database[AuditRecord.get_collection_name()]
        self._heads = database[AuditHead.get_collection_name()]
        self._leases = database["leases"]
        self._key = KeyedHash(key)
        self._token = uuid4().hex
        self._told: str | None = None

    async def run(self) -> None:
        while True:
            try:
                while await self._leased() and await self.seal():
                    pass
            except (BulkWriteError, DuplicateKeyError):
                log.info("sealed_by_another")
            except PyMongoError as error:
                log.warning("sealing_failed", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def seal(self) -> bool:
        """Seal what waits, up to 500 records; True when more may wait."""
        link = await last_link(self._log)
        changes: list[UpdateOne] = []
        async for row in unsealed(self._log, AT_ONCE):
            link = link.next(row, self._key)
            changes.append(UpdateOne({"_id": row["_id"], "seq": None}, {"$set": {"seq": link.seq, "seal": link.seal}}))
        if changes:
            await self._log.bulk_write(changes)
            await self._note(link)
        return len(changes) == AT_ONCE

    async def _note(self, link: Link) -> None:
        """Keep how far the chain stands today, and tell the log where it stood when the last day ended."""
        today = f"{now():%Y-%m-%d}"
        if self._told != today:
            await self._tell_days_before(today)
            self._told = today
        await self._heads.update_one({"_id": today}, {"$set": {"seq": link.seq, "seal": link.seal}}, upsert=True)

    async def _tell_days_before(self, today: str) -> None:
        ended: Sequence[AuditRow] = await self._heads.find({"_id": {"$lt": today}}).sort("_id", -1).limit(1).to_list()
        for head in ended:
            log.info("audit_day_head", day=head["_id"], seq=head["seq"], seal=head["seal"])

    async def _leased(self) -> bool:
        free = {"$or": [{"token": self._token}, {"$expr": {"$lt": ["$until", "$$NOW"]}}]}
        take = [{"$set": {"token": self._token, "until": {"$add": ["$$NOW", LEASE_MS]}}}]
        if (await self._leases.update_one({"_id": "audit", **free}, take)).matched_count:
            return True
        with suppress(DuplicateKeyError):
            await self._leases.insert_one({"_id": "audit", "until": datetime.fromtimestamp(0, UTC)})
        return False
