"""API keys as they are used: looked up in MongoDB, and known for 30 s, unless they are revoked before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models.api_keys import ApiKey
from schemas.types import now
from services.accounts.api_keys import KnownKey, look_up
from services.accounts.errors import SessionOutdated
from services.accounts.tokens import Claims
from services.crypto import digest_of
from services.errors import AccountSuspended, NotAuthenticated, SessionEnded
from services.ports import RevocationList

KNOWN_FOR_S: Final = 30.0
KNOWN_AT_MOST: Final = 10_000
USE_NOTED_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Kept:
    key: KnownKey
    until: float


class ApiKeys:
    """One for each process."""

    def __init__(self, revocations: RevocationList) -> None:
        self._revocations = revocations
        self._kept: dict[str, _Kept] = {}

    async def verify(self, text: str, address: str) -> Claims:
        digest = digest_of(text)
        kept = self._kept.get(digest)
        if kept is not None and time.monotonic() < kept.until:
            try:
                return self._checked(kept.key, address)
            except (AccountSuspended, SessionEnded, SessionOutdated):
                del self._kept[digest]  # its rights have changed since: ask anew
        key = await look_up(text, now())
        if len(self._kept) >= KNOWN_AT_MOST:
            self._kept.clear()
        self._kept[digest] = _Kept(key, time.monotonic() + KNOWN_FOR_S)
        claims = self._checked(key, address)
        await _note_use(key)
        return claims

    def _checked(self, key: KnownKey, address: str) -> Claims:
        self._revocations.check(key.claims)
        key.check_address(address)
        if key.claims.expires_at <= time.time():
            raise NotAuthenticated
        return key.claims


async def _note_use(key: KnownKey) -> None:
    """Write down that the key was used. Nobody is told of it, so the committer has no part in it."""
    if key.last_used_at is not None and key.last_used_at > now() - USE_NOTED_EVERY:
        return
    stale = {"$lt": ["$last_used_at", {"$subtract": ["$$NOW", int(USE_NOTED_EVERY.total_seconds() * 1000)]}]}
    await ApiKey.get_pymongo_collection().update_one(
        {"_id": key.key_id, "$or": [{"last_used_at": None}, {"$expr": stale}]},
        [{"$set": {"last_used_at": "$$NOW"}}],
    )
