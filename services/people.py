"""Other people, as far as anyone in a course may see them."""

from __future__ import annotations

from collections.abc import Iterable

from beanie import PydanticObjectId

from models.accounts import User
from schemas.accounts import PersonOut

VISIBLE = {"first_name": 1, "last_name": 1, "username": 1, "avatar_url": 1}


async def people(ids: Iterable[PydanticObjectId]) -> dict[PydanticObjectId, PersonOut]:
    """Names and pictures by id, in one query for a whole list."""
    rows = User.get_pymongo_collection().find({"_id": {"$in": list(set(ids))}}, VISIBLE)
    return {row["_id"]: PersonOut.model_validate({**row, "id": row["_id"]}) async for row in rows}
