"""What the nightly checks found."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

RESOLVED_KEPT_S = 90 * 24 * 3600


class Finding(Document):
    """Something that does not agree with something else; the id is `check:subject`.

    It is open until a round of its check no longer finds it; then it is kept for 90 days.
    """

    id: str
    check: str
    subject: str
    found: str
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    resolved_at: AwareDatetime | None = None

    class Settings:
        name = "findings"
        indexes: ClassVar = [
            IndexModel([("resolved_at", ASCENDING), ("last_seen", DESCENDING)], name="open"),
            IndexModel([("check", ASCENDING), ("resolved_at", ASCENDING)], name="of_check"),
            IndexModel([("resolved_at", ASCENDING)], name="expiry", expireAfterSeconds=RESOLVED_KEPT_S),
        ]
