"""Courses have codes, and people are invited: the indexes of courses, and the collection of invitations."""

from __future__ import annotations

from models.accounts import Invitation
from models.courses import Course
from server.clients import Database


async def run(database: Database) -> None:
    """Courses without a code are in none of the two new indexes, so the version before works on."""
    await Course.get_pymongo_collection().create_indexes(Course.Settings.indexes)
    name = Invitation.get_collection_name()
    if name not in await database.database.list_collection_names():
        await database.database.create_collection(name)
    await Invitation.get_pymongo_collection().create_indexes(Invitation.Settings.indexes)
