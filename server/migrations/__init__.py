"""Steps that bring a database to the form this version needs. Each runs once, under a lease.

A step must work beside the version before it, because both run during a rolling upgrade.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import structlog
from pymongo.errors import DuplicateKeyError

from models.delivery import SchoolMeta
from server.clients import Database
from server.migrations import v0001_begin, v0002_imports, v0003_identity, v0004_jobs_and_notifications, v0005_plans

log = structlog.get_logger(__name__)

STEPS: Final[tuple[Callable[[Database], Awaitable[None]], ...]] = (
    v0001_begin.run,
    v0002_imports.run,
    v0003_identity.run,
    v0004_jobs_and_notifications.run,
    v0005_plans.run,
)
"""Step number n makes schema version n."""

CURRENT: Final = len(STEPS)
LEASE_S, RETRY_S, PATIENCE_S = 60, 0.2, 90.0


class SchemaTooOldError(Exception):
    """The database was made by an older version and nobody has migrated it."""


async def schema_version() -> int:
    meta = await SchoolMeta.get("school")
    return meta.schema_version if meta else 0


async def check_schema() -> None:
    """Refuse to serve a database of an older form."""
    found = await schema_version()
    if found < CURRENT:
        message = f"The database has schema {found}, this version needs {CURRENT}: run `coursewire migrate`."
        raise SchemaTooOldError(message)


async def migrate(database: Database) -> int:
    """Run the missing steps; returns how many. Others who come meanwhile wait."""
    if await schema_version() >= CURRENT:
        return 0
    token = uuid4().hex
    await _lease(database, token)
    try:
        done = await schema_version()
        for number, step in enumerate(STEPS[done:], done + 1):
            await step(database)
            await SchoolMeta.get_pymongo_collection().update_one(
                {"_id": "school"}, {"$set": {"schema_version": number}}
            )
            log.info("migrated", schema_version=number)
        return CURRENT - done
    finally:
        released = {"$set": {"until": datetime.fromtimestamp(0, UTC)}}
        await database.database["leases"].update_one({"_id": "migration", "token": token}, released)


async def _lease(database: Database, token: str) -> None:
    """Wait until nobody else migrates; a lease that its holder left behind ends by the database's clock."""
    leases = database.database["leases"]
    with suppress(DuplicateKeyError):
        await leases.insert_one({"_id": "migration", "until": datetime.fromtimestamp(0, UTC)})
    free = {"_id": "migration", "$expr": {"$lt": ["$until", "$$NOW"]}}
    take = [{"$set": {"token": token, "until": {"$add": ["$$NOW", LEASE_S * 1000]}}}]
    async with asyncio.timeout(PATIENCE_S):
        while (await leases.update_one(free, take)).matched_count == 0:
            await asyncio.sleep(RETRY_S)
