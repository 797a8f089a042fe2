"""Tokens that prove who reads the mails of an address."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record


class MailPurpose(StrEnum):
    """What a token from a mail is good for."""

    RESET = "reset"
    VERIFY = "verify"


class MailedToken(Record):
    """A token of a user for a purpose; only the newest counts, and only for the address that it was sent to.

    The secret is derived from the id; its hash is stored.
    """

    user_id: PydanticObjectId
    purpose: MailPurpose
    email_bidx: str
    secret_hash: str
    expires_at: AwareDatetime
    used_at: AwareDatetime | None = None

    class Settings:
        name = "mailed_tokens"
        indexes: ClassVar = [
            IndexModel(
                [("user_id", ASCENDING), ("purpose", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)],
                name="newest_of_user",
            ),
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]
