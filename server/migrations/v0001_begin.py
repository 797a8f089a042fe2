"""The beginning: every collection with its indexes, and the epoch of this database."""

from __future__ import annotations

from uuid import uuid4

from beanie import init_beanie

from models import DOCUMENTS
from models.delivery import SchoolMeta
from server.clients import Database


async def run(database: Database) -> None:
    """Collections are made here because a transaction should not have to make them."""
    existing = set(await database.database.list_collection_names())
    for document in DOCUMENTS:
        name = document.get_collection_name()
        if name not in existing:
            await database.database.create_collection(name)
    await init_beanie(database=database.database, document_models=DOCUMENTS)
    await SchoolMeta.get_pymongo_collection().update_one(
        {"_id": "school"}, {"$setOnInsert": {"epoch": uuid4().hex[:12], "schema_version": 0}}, upsert=True
    )
