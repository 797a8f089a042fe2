"""Accounts elsewhere that open an account here, and the sign-ins that are under way there."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel

from models.base import Record


class Identity(Record):
    """One person at one provider. Their id there is kept as ciphertext, and found by its blind index.

    What was unlinked holds neither any more.
    """

    user_id: PydanticObjectId
    provider: str
    subject_ct: str | None
    subject_bidx: str
    last_used_at: AwareDatetime
    unlinked_at: AwareDatetime | None = None

    class Settings:
        name = "identities"
        indexes: ClassVar = [
            IndexModel([("subject_bidx", ASCENDING)], name="subject", unique=True),  # sign-in
            IndexModel([("user_id", ASCENDING)], name="of_user"),  # one's own list
        ]


class ProviderFlow(Record):
    """A visit to a provider that somebody has begun; with a `user_id`, to link it to that account.

    Kept are digests of the `state` and of the cookie of the browser that began; verifier and nonce are derived
    from the state, so that they stand nowhere.
    """

    state_hash: str
    browser_hash: str
    provider: str
    return_to: str
    user_id: PydanticObjectId | None = None
    session_id: PydanticObjectId | None = None
    expires_at: AwareDatetime
    used_at: AwareDatetime | None = None

    class Settings:
        name = "provider_flows"
        indexes: ClassVar = [
            IndexModel([("state_hash", ASCENDING)], name="state", unique=True),  # coming back
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]
