"""Second factors, recovery codes, and the questions that are open."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.factors import FactorKind


class Factor(Record):
    """A way to prove who one is beside the password. It counts while `confirmed_at` is set; otherwise it expires.

    `secret_ct` is the sealed secret of an app, or the sealed number of a phone. `counter` only grows: the last step
    that an app's code was accepted for, or the sign counter of a passkey.
    """

    user_id: PydanticObjectId
    kind: FactorKind
    name: str
    confirmed_at: AwareDatetime | None = None
    last_used_at: AwareDatetime | None = None
    secret_ct: str | None = None
    credential_id: str | None = None
    public_key: bytes | None = None
    counter: int = 0
    expires_at: AwareDatetime | None = None

    class Settings:
        name = "factors"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("confirmed_at", DESCENDING)], name="of_user"),  # signing in
            IndexModel(
                [("credential_id", ASCENDING)],
                name="passkey",  # whose passkey signs in
                unique=True,
                partialFilterExpression={"credential_id": {"$gt": ""}},
            ),
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]


class RecoveryCodes(Record):
    """The recovery codes of one user, whose id this has. A slot holds the argon2id hash; None once it was used."""

    slots: list[str | None]

    class Settings:
        name = "recovery_codes"


class PendingLogin(Record):
    """A sign-in whose first proof was right and whose second is awaited. Only the digest of its token is stored."""

    user_id: PydanticObjectId
    methods: tuple[str, ...]
    secret_hash: str
    tries: int = 0
    ended_at: AwareDatetime | None = None
    expires_at: AwareDatetime

    class Settings:
        name = "pending_logins"
        indexes: ClassVar = [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]


class FactorChallenge(Record):
    """A question that can be answered once, in the conversation that `bound_to` names.

    `nonce` is what a passkey signs; a code that was sent is derived from it and stored nowhere.
    """

    bound_to: str
    factor_id: PydanticObjectId | None
    nonce: bytes
    tries: int = 0
    used_at: AwareDatetime | None = None
    expires_at: AwareDatetime

    class Settings:
        name = "factor_challenges"
        indexes: ClassVar = [
            IndexModel([("bound_to", ASCENDING), ("factor_id", ASCENDING), ("created_at", DESCENDING)], name="newest"),
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]
