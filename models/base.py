"""What every stored object has: an id, a version for If-Match, and its times in UTC."""

from __future__ import annotations

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime, Field


class Record(Document):
    """A versioned object. Only the unit writes it (`services/unit.py`), which also counts `version`."""

    id: PydanticObjectId = Field(default_factory=PydanticObjectId)
    version: int = 1
    created_at: AwareDatetime
    updated_at: AwareDatetime
