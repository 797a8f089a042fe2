"""Wrong passwords of the whole school: while there are very many, nobody on an unknown device is answered quickly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from models.guesses import GuessStorm

WINDOW: Final = timedelta(minutes=5)
MANY: Final = 1000
LONGEST_S: Final = 5.0

_ID: Final = "passwords"


async def count(tries: int) -> None:
    """Add tries, or take back those that were right."""
    window_ms = int(WINDOW.total_seconds() * 1000)
    is_open, is_near = _begun_within(window_ms), _begun_within(2 * window_ms)
    counted, before = {"$ifNull": ["$wrong", 0]}, {"$ifNull": ["$before", 0]}
    await GuessStorm.get_pymongo_collection().update_one(
        {"_id": _ID},
        [
            {
                "$set": {
                    "before": {"$cond": [is_open, before, {"$cond": [is_near, counted, 0]}]},
                    "wrong": {"$max": [0, {"$add": [{"$cond": [is_open, counted, 0]}, tries]}]},
                    "began": {"$cond": [is_open, "$began", "$$NOW"]},
                    "at": "$$NOW",
                }
            }
        ],
        upsert=True,
    )


async def wait() -> None:
    """Wait a second for each thousand wrong passwords of the last five minutes."""
    pipeline = [{"$match": {"_id": _ID}}, {"$set": {"at": "$$NOW"}}]
    async for row in await GuessStorm.get_pymongo_collection().aggregate(pipeline):
        storm: GuessStorm = GuessStorm.model_validate(row)
        await asyncio.sleep(pause_s(storm, storm.at))


def pause_s(storm: GuessStorm, at: datetime) -> float:
    """How long an answer waits: the window before counts for as much of it as the last five minutes still hold."""
    passed = (at - storm.began) / WINDOW
    now, then = (storm.wrong, storm.before) if passed < 1 else (0, storm.wrong)
    recent = now + then * max(0.0, 1 - passed % 1 - (passed >= 2))
    return min(LONGEST_S, recent // MANY)


def _begun_within(milliseconds: int) -> Mapping[str, object]:
    return {"$gt": ["$began", {"$subtract": ["$$NOW", milliseconds]}]}
