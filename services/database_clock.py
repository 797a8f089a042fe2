"""The database's clock, for what must not depend on that of one machine."""

from __future__ import annotations

from datetime import datetime

from models.delivery import SchoolMeta


async def database_now() -> datetime:
    """What `$$NOW` is just now, with its zone."""
    row = await SchoolMeta.get_pymongo_collection().find_one({"_id": "school"}, {"now": "$$NOW"})
    if row is None:
        message = "The database has no epoch: run `coursewire migrate` first."
        raise LookupError(message)
    clock: datetime = row["now"]
    return clock
