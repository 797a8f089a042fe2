"""When sessions were last used: kept in memory, written together, and once in five minutes for each session."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from beanie import PydanticObjectId
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from models.accounts import RefreshFamily
from schemas.types import now

EVERY_S: Final = 300.0
GATHER_S: Final = 1.0

log = structlog.get_logger(__name__)


class Activity:
    """Best effort: what cannot be written is written five minutes later. Start `run()` as a task."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._waiting: list[UpdateOne] = []
        self._wake = asyncio.Event()

    def saw(self, session_id: str, ip_prefix: str) -> None:
        at = time.monotonic()
        if at - self._told.get(session_id, -EVERY_S) < EVERY_S:
            return
        self._told[session_id] = at
        seen = {"$set": {"last_seen_at": now(), "last_ip_prefix": ip_prefix}}
        self._waiting.append(UpdateOne({"_id": PydanticObjectId(session_id), "revoked_at": None}, seen))
        self._wake.set()

    async def run(self) -> None:
        """Write what was seen, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            seen, self._waiting = self._waiting, []
            self._forget()
            try:
                await RefreshFamily.get_pymongo_collection().bulk_write(seen, ordered=False)
            except PyMongoError as error:
                log.warning("activity_unwritten", sessions=len(seen), error=type(error).__name__)

    def _forget(self) -> None:
        oldest = time.monotonic() - EVERY_S
        self._told = {session_id: at for session_id, at in self._told.items() if at > oldest}
