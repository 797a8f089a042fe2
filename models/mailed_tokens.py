"""Tokens that prove who reads the mails of an address."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel

from models.base import Record


class MailPurpose(StrEnum):
    """What a token from a mail is good for."""

    RESET = "reset"
    VERIFY = "verify"


class MailedToken(Record):
    """The one living token of a user for a purpose; a new one takes its place.

    The secret is derived from `nonce`; its hash is stored. It counts only while the account has the address that it
    was sent to.
    """

    user_id: PydanticObjectId
    purpose: MailPurpose
    email_bidx: str
    nonce: str
    secret_hash: str
    expires_at: AwareDatetime
    used_at: AwareDatetime | None = None

    class Settings:
        name = "mailed_tokens"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("purpose", ASCENDING)], name="of_user", unique=True),  # one living
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]
