"""The queue: leases on jobs, by the database's clock, so that a worker's own clock cannot do harm.

A lease is not a change that anyone is told of, so it is written here and not by the committer; the end of a
job is written by the committer, together with what the job did.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import uuid4

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError

from models.unit import Job
from services.unit import Unit
from workers import lines

LEASE_S: Final = 30.0
JITTER: Final = 0.2
ERROR_LENGTH: Final = 500
DUPLICATE_KEY: Final = 11000

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs that are leased to us, and when to look again: at once where more may be due, None where none wait."""

    jobs: Sequence[Job] = ()
    next_in_s: float | None = None


class Queue:
    """Claims for one process. A lease that is not prolonged within `lease_s` is anybody's."""

    def __init__(self, lease_s: float = LEASE_S) -> None:
        self.lease_s = lease_s

    async def claim(self, kinds: Collection[str], most: int) -> Claim:
        """Take the oldest jobs of these kinds that are due; the attempt counts at once."""
        rows = await self._waiting(kinds, most)
        due = [row for row in rows if row["run_at"] <= row["now"]]
        free = await lines.first_ones(due)
        jobs = await self._lease(free) if free else []
        if len(due) == most or len(free) < len(due):
            return Claim(jobs, 0.0)
        later = [(row["run_at"] - row["now"]).total_seconds() for row in rows[len(due) :]]
        return Claim(jobs, min(later, default=None))

    async def take_over(self, kinds: Collection[str]) -> Job | None:
        """Take one job whose worker has fallen silent, the one that has been so for longest."""
        row: Row | None = await Job.get_pymongo_collection().find_one_and_update(
            {
                "state": "leased",
                "kind": {"$in": list(kinds)},
                "$expr": {"$lt": ["$lease_until", "$$NOW"]},
            },
            [{"$set": self._leased(uuid4().hex)}],
            sort=[("lease_until", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else Job.model_validate(row)

    async def extend(self, job: Job) -> bool:
        """Prolong the lease; False when another worker has the job by now."""
        result = await Job.get_pymongo_collection().update_one(_held(job), [{"$set": {"lease_until": self._until}}])
        return result.matched_count == 1

    async def give_back(self, job: Job) -> None:
        """Return an unfinished job at once, as if it had not been tried."""
        await Job.get_pymongo_collection().update_one(
            _held(job), {"$set": {"state": "ready", "lease_token": None}, "$inc": {"attempt": -1}}
        )

    async def fail(self, job: Job, error: str, *, retry_in_s: float | None) -> bool:
        """Try again after a pause, give or take a fifth; without a pause the job is dead. False if it is not ours."""
        pause_ms = int((retry_in_s or 0) * random.uniform(1 - JITTER, 1 + JITTER) * 1000)
        changed = {
            "error": {"$literal": error[:ERROR_LENGTH]},
            "lease_token": None,
            "attempt": job.attempt,
            "state": "dead" if retry_in_s is None else "ready",
            "run_at": {"$add": ["$$NOW", pause_ms]},
            "died_at": "$$NOW" if retry_in_s is None else None,
        }
        result = await Job.get_pymongo_collection().update_one(_held(job), [{"$set": changed}])
        return result.matched_count == 1

    @property
    def _until(self) -> Row:
        return {"$add": ["$$NOW", int(self.lease_s * 1000)]}

    def _leased(self, token: str) -> Row:
        return {
            "state": "leased",
            "attempt": {"$add": ["$attempt", 1]},
            "lease_token": token,
            "lease_until": self._until,
            "started_at": "$$NOW",
            "progress": None,
        }

    async def _waiting(self, kinds: Collection[str], most: int) -> list[Row]:
        """The next of these kinds, due or not, each with the database's time."""
        steps: list[Row] = [
            {"$match": {"state": "ready", "kind": {"$in": list(kinds)}}},
            {"$sort": {"run_at": 1}},
            {"$limit": most},
            {"$addFields": {"now": "$$NOW"}},
        ]
        return [row async for row in await Job.get_pymongo_collection().aggregate(steps)]

    async def _lease(self, rows: Sequence[Row]) -> list[Job]:
        """Lease what nobody else has leased meanwhile: one write for all, each of which stands for itself."""
        token, jobs = uuid4().hex, Job.get_pymongo_collection()
        taken = [{"$set": self._leased(token)}]
        changes = [UpdateOne({"_id": row["_id"], "state": "ready", "run_at": row["run_at"]}, taken) for row in rows]
        try:
            result = await jobs.bulk_write(changes, ordered=False)
            is_all = result.matched_count == len(rows)
        except BulkWriteError as error:
            if any(problem.get("code") != DUPLICATE_KEY for problem in error.details.get("writeErrors", ())):
                raise
            is_all = False  # another of the same line is leased
        ids = [row["_id"] for row in rows]
        ours = set(ids) if is_all else set(await jobs.distinct("_id", {"_id": {"$in": ids}, "lease_token": token}))
        claimed = {"state": "leased", "lease_token": token}
        return [
            Job.model_validate({**row, **claimed, "attempt": row["attempt"] + 1, "started_at": row["now"]})
            for row in rows
            if row["_id"] in ours
        ]


def finish(unit: Unit, job: Job) -> None:
    """End the job in the unit that holds its effects: a worker that lost its lease commits neither."""
    done = {"state": "done", "lease_token": None, "error": None}
    unit.update(Job, _held(job), {"$set": done, "$currentDate": {"finished_at": True}})


def _held(job: Job) -> Row:
    return {"_id": job.id, "lease_token": job.lease_token}
