"""API keys."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record


class ApiKey(Record):
    """What a program may do in its owner's name: `scopes` are names of permissions. The key itself is not stored."""

    user_id: PydanticObjectId
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    expires_at: AwareDatetime
    cidr: str | None = None
    last_used_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    class Settings:
        name = "api_keys"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("created_at", DESCENDING)], name="of_user"),  # one's own
        ]
