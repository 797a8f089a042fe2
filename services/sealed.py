"""The SEALED table: every stored field that is encrypted, so that a rotation of keys finds all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.asynchronous.collection import AsyncCollection

from models.delivery import SchoolMeta
from services.crypto import FIRST, BlindIndex, FieldCipher, normalised_email, normalised_phone

Row = Mapping[str, object]

CLOCKS_DIFFER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SealedField:
    """One row of SEALED: a field, the name under which it is sealed, and the field of its blind index.

    `normalised` is what the index is made of. What `runs_out` is never sealed again: it says when it was sealed,
    in that field, and a TTL index takes it away. What is not `is_resealed` goes by itself as well, soon after its use.
    """

    collection: str
    field: str
    name: str
    index: str | None = None
    normalised: Callable[[str], str] = str
    runs_out: str | None = None
    is_resealed: bool = True

    @property
    def path(self) -> str:
        return f"{self.collection}.{self.field}"


SEALED: Final = (
    SealedField("users", "email_ct", "email", "email_bidx", normalised_email),
    SealedField("users", "phone_ct", "phone", "phone_bidx", normalised_phone),
    SealedField("factors", "secret_ct", "secret"),
    SealedField("identities", "subject_ct", "subject"),
    SealedField("push_subscriptions", "target_ct", "target"),
    SealedField("webhooks", "secret_ct", "secret"),
    SealedField("webhooks", "previous_ct", "previous"),
    SealedField("jobs", "args.to_ct", "email", is_resealed=False),
    SealedField("idempotency_keys", "answer", "answer", runs_out="at"),
)

RESEALED: Final = tuple(sealed for sealed in SEALED if sealed.runs_out is None and sealed.is_resealed)


def rows_of(sealed: SealedField) -> AsyncCollection[Row]:
    collection: AsyncCollection[Row] = SchoolMeta.get_pymongo_collection().database[sealed.collection]
    return collection


def outdated(sealed: SealedField, fields: FieldCipher, index: BlindIndex) -> Row:
    """Matches rows whose field, or its index, was made with another key than the one that writes now."""
    old_text = {sealed.field: {"$type": "string", "$not": {"$regex": f"^{fields.writing.name}:"}}}
    if sealed.index is None:
        return old_text
    current = "^[^:]*$" if index.writing.name == FIRST else f"^{index.writing.name}:"
    return {"$or": [old_text, {sealed.index: {"$type": "string", "$not": {"$regex": current}}}]}


async def key_use(fields: FieldCipher) -> Mapping[str, Counter[str]]:
    """How many stored values each version of the keys has made, by field. What runs out counts by its age."""
    found: dict[str, Counter[str]] = {}
    for sealed in SEALED:
        if sealed.runs_out is not None:
            found[sealed.path] = await _by_age(sealed, fields)
            continue
        for field in filter(None, (sealed.field, sealed.index)):
            found[f"{sealed.collection}.{field}"] = await _by_name(sealed, field)
    return found


async def _by_name(sealed: SealedField, field: str) -> Counter[str]:
    parts = {"$split": [f"${field}", ":"]}
    name = {"$cond": [{"$gt": [{"$size": parts}, 1]}, {"$arrayElemAt": [parts, 0]}, FIRST]}
    stages: list[Row] = [{"$match": {field: {"$type": "string"}}}, {"$group": {"_id": name, "count": {"$sum": 1}}}]
    cursor = await rows_of(sealed).aggregate(stages)
    return Counter({str(row["_id"]): int(str(row["count"])) async for row in cursor})


async def _by_age(sealed: SealedField, fields: FieldCipher) -> Counter[str]:
    """Older than the key that writes now: made with the one before it."""
    writing = fields.writing
    begun = datetime.fromtimestamp(writing.since, UTC) + CLOCKS_DIFFER
    older = await rows_of(sealed).count_documents({sealed.runs_out or "": {"$lte": begun}})
    before = fields.names[max(fields.names.index(writing.name) - 1, 0)]
    newer = await rows_of(sealed).count_documents({sealed.runs_out or "": {"$gt": begun}})
    return Counter({writing.name: newer}) + Counter({before: older})
