"""Jobs have keys and lines; notifications, messages and what belongs to them: collections and indexes."""

from __future__ import annotations

from models import DOCUMENTS
from models.unit import Job
from server.clients import Database


async def run(database: Database) -> None:
    """Jobs of the version before have neither key nor line, so they are in none of the new indexes.

    Its index `ready` of jobs stays where it is: its workers may still run.
    """
    existing = set(await database.database.list_collection_names())
    for document in DOCUMENTS:
        if document.get_collection_name() not in existing:
            await database.database.create_collection(document.get_collection_name())
        if indexes := getattr(document.Settings, "indexes", []):
            await document.get_pymongo_collection().create_indexes(indexes)
    buried = [{"$set": {"died_at": "$$NOW"}}]  # from when on they are kept for ninety days
    await Job.get_pymongo_collection().update_many({"state": "dead", "died_at": None}, buried)
