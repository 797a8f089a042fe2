"""What a check is given, and what it answers: one page of reading at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from beanie import Document
from pymongo.asynchronous.client_session import AsyncClientSession

from models.delivery import SchoolMeta
from services.crypto import KeyedHash, Keyring
from services.database_clock import database_now

ROWS: Final = 500
READ_WITHIN_MS: Final = 4_000
"""How long one query may take; the driver gives up after five seconds anyway."""

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Look:
    """One page of one check. All of it reads one moment of the database; `at` is its clock.

    `after` is where the page before ended, None at the beginning. Without `audit` the chain cannot be checked.
    """

    session: AsyncClientSession
    at: datetime
    keys: Keyring
    audit: KeyedHash | None
    after: str | None = None

    async def rows(
        self,
        model: type[Document],
        where: Mapping[str, object],
        fields: Sequence[str],
        *,
        limit: int = ROWS,
        sort: Sequence[tuple[str, int]] = (("_id", 1),),
    ) -> list[Row]:
        """The first that match, with these fields alone."""
        found = model.get_pymongo_collection().find(where, dict.fromkeys(fields, 1), session=self.session)
        return [row async for row in found.sort(list(sort)).limit(limit).max_time_ms(READ_WITHIN_MS)]

    async def missing(self, model: type[Document], ids: set[object]) -> set[object]:
        """Those of the ids under which nothing is stored."""
        rows = await self.rows(model, {"_id": {"$in": list(ids)}}, ["_id"], limit=max(len(ids), 1))
        return ids - {row["_id"] for row in rows}

    async def groups(self, model: type[Document], stages: Sequence[Row]) -> list[Row]:
        cursor = await model.get_pymongo_collection().aggregate(stages, session=self.session, maxTimeMS=READ_WITHIN_MS)
        return [row async for row in cursor]


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not agree: `subject` says where, `found` how, without anything personal."""

    subject: str
    found: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page found; `after` is where the next one begins, None when there is none."""

    problems: Sequence[Problem] = ()
    after: str | None = None


@asynccontextmanager
async def looking(keys: Keyring, audit: KeyedHash | None, after: str | None) -> AsyncIterator[Look]:
    """Read as of one moment, so that what changes meanwhile does not look like a fault."""
    client = SchoolMeta.get_pymongo_collection().database.client
    at = await database_now()
    async with client.start_session(snapshot=True) as session:
        yield Look(session, at, keys, audit, after)
