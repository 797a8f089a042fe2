"""The RETENTION table: what a nightly job takes away because no TTL index can; `docs/operations.md` lists the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beanie import Document, PydanticObjectId

from models.accounts import RefreshFamily
from models.notifications import Notification
from services.unit import Match, Unit

AT_ONCE: Final = 500
UNREAD_KEPT: Final = timedelta(days=365)
IDLE_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Retention:
    """One row: `outlived` matches what may go at an instant of the database's clock."""

    model: type[Document]
    outlived: Callable[[datetime], Match]

    @property
    def collection(self) -> str:
        name: str = self.model.get_collection_name()
        return name


RETENTION: Final = (
    Retention(  # ids begin with the time, so that no index is needed for what is old
        Notification, lambda at: {"_id": {"$lt": PydanticObjectId.from_datetime(at - UNREAD_KEPT)}, "read_at": None}
    ),
    Retention(RefreshFamily, lambda at: {"idle_expires_at": {"$lt": at - IDLE_KEPT}}),
)


async def take_away(unit: Unit, row: Retention, at: datetime) -> bool:
    """Remove the next 500; True when there may be more."""
    found = row.model.get_pymongo_collection().find(row.outlived(at), {"_id": 1}).limit(AT_ONCE)
    ids = [one["_id"] async for one in found]
    if ids:
        unit.remove(row.model, {"_id": {"$in": ids}})
    return len(ids) == AT_ONCE
