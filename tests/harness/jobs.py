"""Jobs that nobody has to wait for: put into the database as they would stand there after some days."""

from __future__ import annotations

from datetime import UTC, datetime

from bson import ObjectId
from pymongo import AsyncMongoClient

from models.unit import Job
from tests.harness.process import Place


async def put_job(place: Place, kind: str, **fields: object) -> str:
    """A job of a kind that the worker knows; returns its id."""
    at = datetime.now(UTC)
    row = {
        "_id": ObjectId(),
        "kind": kind,
        "args": {},
        "key": None,
        "line": None,
        "owner_id": None,
        "state": "ready",
        "attempt": 0,
        "created_at": at,
        "run_at": at,
        "lease_token": None,
        "lease_until": None,
        "request_id": "test",
        "error": None,
        "finished_at": None,
        "died_at": None,
        **fields,
    }
    async with AsyncMongoClient(place.mongodb_url) as client:
        await client[place.database][Job.Settings.name].insert_one(row)
    return str(row["_id"])


async def dead_job(place: Place, **fields: object) -> str:
    """A mail to nobody, which failed five times, and will not the next time."""
    failed = {"state": "dead", "attempt": 5, "error": "ConnectionError: no", "died_at": datetime.now(UTC)}
    return await put_job(place, "mail.welcome", args={"user_id": "0" * 24}, **{**failed, **fields})
