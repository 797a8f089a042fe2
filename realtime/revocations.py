"""The rights that ended, in the memory of every process (`docs/architecture.md`, revocation).

The collection is read each second whatever Redis does; a hint only makes it sooner. Rows are told apart by
id and time, so an overlap of ten seconds misses nothing and applies nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from models.delivery import Revocation
from services.accounts.errors import SessionOutdated
from services.accounts.roles import RIGHTS_CHANGED
from services.accounts.tokens import Claims
from services.errors import AccountSuspended, DomainError, SessionEnded, Unavailable
from services.unit import PendingRevocation

VOID: Final[Mapping[str, type[DomainError]]] = {"suspended": AccountSuspended, RIGHTS_CHANGED: SessionOutdated}
"""What older tokens of a user are told, by the reason of the row."""

READ_EVERY_S = 1.0
OVERLAP = timedelta(seconds=10)
STALE_AFTER_S = 15.0
LONG_AGO: Final = datetime.fromtimestamp(0, UTC)

log = structlog.get_logger(__name__)


def since(newest: datetime | None) -> Mapping[str, object]:
    """Which rows are read when this is the newest that is known; without any all, by the same index."""
    return {"at": {"$gt": newest - OVERLAP if newest else LONG_AGO}}


@dataclass(frozen=True, slots=True)
class Ended:
    """One row, as it is applied to live connections."""

    key: str
    reason: str
    permission_version: int | None


class Revocations:
    """`on_ended` is awaited for each new row."""

    def __init__(self, on_ended: Callable[[Ended], Awaitable[None]]) -> None:
        self._on_ended = on_ended
        self._rows: dict[str, Revocation] = {}
        self._own: dict[str, PendingRevocation] = {}
        self._newest: datetime | None = None
        self._read_at: float | None = None
        self._wake = asyncio.Event()

    @property
    def is_fresh(self) -> bool:
        """False before the first reading, and when the last one is older than 15 s."""
        return self._read_at is not None and asyncio.get_running_loop().time() - self._read_at < STALE_AFTER_S

    def check(self, claims: Claims) -> None:
        """Refuse a token whose session has ended or whose user's rights have changed; fails closed."""
        if not self.is_fresh:
            raise Unavailable
        user, sid = f"user:{claims.user_id}", f"sid:{claims.session_id}"
        for row in (self._rows.get(user), self._own.get(user)):
            if row is not None and claims.permission_version < (row.permission_version or 0):
                raise VOID.get(row.reason, SessionEnded)
        if sid in self._rows or sid in self._own:
            raise SessionEnded
        if claims.grants.until is not None and time.time() >= claims.grants.until:
            raise SessionOutdated

    def hint(self) -> None:
        """Read now rather than within a second."""
        self._wake.set()

    def committed(self, ended: Iterable[PendingRevocation]) -> None:
        """What this process has ended itself counts for its next request, and is read like everything else."""
        self._own |= {row.key: row for row in ended}
        self.hint()

    async def load(self) -> None:
        """Read everything once, before the first request is served."""
        await self._read()

    async def run(self) -> None:
        """Read once a second, and at every hint, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READ_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._read()
            except PyMongoError as error:
                log.warning("revocations_unread", error=type(error).__name__)

    async def _read(self) -> None:
        rows = await Revocation.find(since(self._newest)).to_list()
        fresh = [row for row in rows if self._is_new(row)]
        for row in fresh:
            self._rows[row.id] = row
            self._own.pop(row.id, None)
            self._newest = max(self._newest or row.at, row.at)
        self._forget_expired()
        self._read_at = asyncio.get_running_loop().time()
        for row in fresh:
            await self._on_ended(Ended(row.id, row.reason, row.permission_version))

    def _is_new(self, row: Revocation) -> bool:
        known = self._rows.get(row.id)
        return known is None or known.at < row.at

    def _forget_expired(self) -> None:
        """Keep what a token could still be alive for; the collection's TTL index does the same."""
        if self._newest is None:
            return
        oldest = self._newest - timedelta(hours=2)
        self._rows = {key: row for key, row in self._rows.items() if row.at > oldest}
