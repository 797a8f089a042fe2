"""Roles, factors, keys and the like: their collections and indexes, and how open sessions were proved."""

from __future__ import annotations

from pymongo import UpdateOne

from models import DOCUMENTS
from models.accounts import RefreshFamily, User
from server.clients import Database
from services.accounts.usernames import skeleton


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
    users = User.get_pymongo_collection()
    lacking = users.find({"username_skeleton": {"$exists": False}}, {"username": 1})
    looks = [
        UpdateOne({"_id": row["_id"]}, {"$set": {"username_skeleton": skeleton(row["username"])}})
        async for row in lacking
    ]
    if looks:
        await users.bulk_write(looks, ordered=False)
