"""The queue: leases on jobs, by the database's clock, so that a worker's own clock cannot do harm.

A lease is not a change that anyone is told of, so it is written here and not by the committer; the end of a
job is written by the committer, together with what the job did.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from pymongo import ReturnDocument

from models.unit import Job
from services.unit import Unit

LEASE_MS = 30_000
JITTER = 0.2
ERROR_LENGTH = 500


async def claim() -> Job | None:
    """Take the oldest job that is due, or one whose worker has fallen silent; the attempt counts at once."""
    due = {"state": "ready", "$expr": {"$lte": ["$run_at", "$$NOW"]}}
    abandoned = {"state": "leased", "$expr": {"$lt": ["$lease_until", "$$NOW"]}}
    for where in (due, abandoned):
        taken = {
            "state": "leased",
            "attempt": {"$add": ["$attempt", 1]},
            "lease_token": uuid4().hex,
            "lease_until": {"$add": ["$$NOW", LEASE_MS]},
        }
        row: Mapping[str, object] | None = await Job.get_pymongo_collection().find_one_and_update(
            where, [{"$set": taken}], sort=[("run_at", 1)], return_document=ReturnDocument.AFTER
        )
        if row is not None:
            job: Job = Job.model_validate(row)
            return job
    return None


async def extend(job: Job) -> bool:
    """Prolong the lease; False when another worker has the job by now."""
    until = [{"$set": {"lease_until": {"$add": ["$$NOW", LEASE_MS]}}}]
    result = await Job.get_pymongo_collection().update_one({"_id": job.id, "lease_token": job.lease_token}, until)
    return result.matched_count == 1


def finish(unit: Unit, job: Job, at: datetime) -> None:
    """End the job in the unit that holds its effects: a worker that lost its lease commits neither."""
    unit.update(
        Job,
        {"_id": job.id, "lease_token": job.lease_token},
        {"$set": {"state": "done", "finished_at": at, "lease_token": None}},
    )


async def give_back(job: Job) -> None:
    """Return an unfinished job at once, as if it had not been tried."""
    await Job.get_pymongo_collection().update_one(
        {"_id": job.id, "lease_token": job.lease_token},
        {"$set": {"state": "ready", "lease_token": None}, "$inc": {"attempt": -1}},
    )


async def fail(job: Job, error: str, *, retry_in_s: float | None) -> None:
    """Try again after a pause, give or take a fifth; without a pause the job is dead."""
    pause_ms = int((retry_in_s or 0) * random.uniform(1 - JITTER, 1 + JITTER) * 1000)
    changed = {
        "error": {"$literal": error[:ERROR_LENGTH]},
        "lease_token": None,
        "state": "dead" if retry_in_s is None else "ready",
        "run_at": {"$add": ["$$NOW", pause_ms]},
    }
    await Job.get_pymongo_collection().update_one({"_id": job.id, "lease_token": job.lease_token}, [{"$set": changed}])
