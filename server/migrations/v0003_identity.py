"""Roles, factors, keys and the like: their collections and indexes, and how open sessions were proved."""

from __future__ import annotations

from models import DOCUMENTS
from models.accounts import RefreshFamily
from server.clients import Database


async def run(database: Database) -> None:
    """Sessions of the version before were all opened with a password."""
    existing = set(await database.database.list_collection_names())
    for document in DOCUMENTS:
        if document.get_collection_name() not in existing:
            await database.database.create_collection(document.get_collection_name())
        if indexes := getattr(document.Settings, "indexes", []):
            await document.get_pymongo_collection().create_indexes(indexes)
    await RefreshFamily.get_pymongo_collection().update_many(
        {"proved_at": {"$exists": False}}, [{"$set": {"proved_at": "$created_at", "methods": ["pwd"]}}]
    )
