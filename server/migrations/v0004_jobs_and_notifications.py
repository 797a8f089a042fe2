"""Jobs have keys and lines; notifications, messages and what belongs to them: collections and indexes."""

from __future__ import annotations

from models import DOCUMENTS
from server.clients import Database


async def run(database: Database) -> None:
    """Jobs of the version before have neither key nor line, so they are in none of the new indexes."""
    existing = set(await database.database.list_collection_names())
    for document in DOCUMENTS:
        if document.get_collection_name() not in existing:
            await database.database.create_collection(document.get_collection_name())
        if indexes := getattr(document.Settings, "indexes", []):
            await document.get_pymongo_collection().create_indexes(indexes)
