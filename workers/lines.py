"""Jobs of one line run one after the other, in the order of their making.

The first of a line that has not ended is its head, and only the head is claimed. Those that a claim finds behind it
are put aside (`held`), so that nobody looks at them again, and each that ends brings the next one forward. Between two
steps a worker may die or another may have read the line a moment ago: whatever is left held without a reason is found
by `mend`, and that two never run at once is what a unique index is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from models.unit import OPEN, Job

MENDED_AT_ONCE: Final = 200

Row: TypeAlias = Mapping[str, Any]


async def first_ones(due: Sequence[Row]) -> list[Row]:
    """Those that may run: the ones without a line, and heads. The others are put aside."""
    names = sorted({row["line"] for row in due if row.get("line")})
    if not names:
        return list(due)
    found = await asyncio.gather(*(_head(name) for name in names))
    heads = {name: head["_id"] for name, head in zip(names, found, strict=True) if head}
    behind = {row["line"] for row in due if row.get("line") and heads.get(row["line"]) != row["_id"]}
    for name in sorted(behind & heads.keys()):
        await _put_aside(name, heads[name])
    return [row for row in due if not row.get("line") or heads.get(row["line"]) == row["_id"]]


async def advance(line: str) -> None:
    """Bring the first of the line forward, if it was put aside."""
    head = await _head(line)
    if head is not None and head["state"] == "held":
        await Job.get_pymongo_collection().update_one(
            {"_id": head["_id"], "state": "held"}, {"$set": {"state": "ready"}}
        )


async def mend() -> int:
    """Bring forward what nobody brought forward, 200 lines at a time; how many there were."""
    jobs = Job.get_pymongo_collection()
    if await jobs.find_one({"state": "held"}, {"_id": 1}) is None:
        return 0
    steps: list[Row] = [
        {"$match": {"line": {"$gt": ""}, "state": {"$in": OPEN}}},
        {"$sort": {"line": 1, "created_at": 1, "_id": 1}},
        {"$group": {"_id": "$line", "state": {"$first": "$state"}}},
        {"$match": {"state": "held"}},
        {"$limit": MENDED_AT_ONCE},
    ]
    stuck = [row["_id"] async for row in await jobs.aggregate(steps)]
    for line in stuck:
        await advance(line)
    return len(stuck)


async def _head(line: str) -> Row | None:
    found: Row | None = await Job.get_pymongo_collection().find_one(
        {"line": line, "state": {"$in": OPEN}}, {"state": 1}, sort=[("created_at", 1), ("_id", 1)]
    )
    return found


async def _put_aside(line: str, head: object) -> None:
    """Look again afterwards: the head that was read may have ended before the others were put aside."""
    await Job.get_pymongo_collection().update_many(
        {"line": line, "state": "ready", "_id": {"$ne": head}}, {"$set": {"state": "held"}}
    )
    await advance(line)
