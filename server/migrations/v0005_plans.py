"""Questions that read whole collections: indexes that the planner takes for them."""

from __future__ import annotations

from typing import Final

from models.courses import Course
from models.factors import Factor
from models.messages import Message, Thread
from models.role_profiles import FacilitatorProfile, ManagerProfile, StudentProfile
from models.unit import AuditRecord
from server.clients import Database

CHANGED: Final = (
    AuditRecord,
    Course,
    Factor,
    ManagerProfile,
    FacilitatorProfile,
    StudentProfile,
    Thread,
    Message,
)


async def run(_database: Database) -> None:
    """The indexes before them stay beside them; they hold what they held."""
    for document in CHANGED:
        await document.get_pymongo_collection().create_indexes(document.Settings.indexes)
