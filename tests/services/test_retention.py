"""What has outlived its use goes, and nothing else; every collection says how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from beanie import PydanticObjectId

from models import DOCUMENTS
from models.accounts import RefreshFamily
from models.notifications import Notification
from models.unit import Job
from schemas.jobs import RetentionArgs
from schemas.types import now
from server.app import Core
from services.retention import RETENTION
from services.unit import Unit
from workers.housekeeping import retain
from workers.mail import StoringMailer
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


async def night(core: Core, collection: str | None = None) -> list[Any]:
    """One job of the night, committed; the arguments of the jobs that it made."""
    unit = Unit(now())
    tools = Tools(core.keys.ring, StoringMailer(), StoringTexter())
    await retain(RetentionArgs(collection=collection), Work(unit, tools))
    await core.committer.commit(unit)
    return [job.args["collection"] for job in unit.jobs]


async def test_a_night_begins_with_every_row(core: Core):
    """A job for each, so that much of one collection keeps none of the others."""
    assert await night(core) == [row.collection for row in RETENTION]
    await Job.get_pymongo_collection().delete_many({"kind": "housekeeping.retain"})


@pytest.mark.parametrize(("days", "read", "stays"), [(366, False, 0), (364, False, 1), (366, True, 1)])
async def test_an_unread_notification_is_kept_for_a_year(core: Core, days: int, read: bool, stays: int):  # noqa: FBT001
    """What was read is left to its index."""
    row_id = PydanticObjectId.from_datetime(now() - timedelta(days=days))
    row = {"_id": row_id, "user_id": row_id, "kind": "x", "once": str(row_id), "read_at": now() if read else None}
    await Notification.get_pymongo_collection().insert_one(row)
    await night(core, "notifications")
    assert await Notification.get_pymongo_collection().count_documents({"_id": row_id}) == stays
    await Notification.get_pymongo_collection().delete_one({"_id": row_id})


async def test_much_goes_five_hundred_at_a_time(core: Core):
    """A session that nobody used for long goes a month after it ended; a full page enqueues the next."""
    ended = now() - timedelta(days=31)
    old = [{"user_id": PydanticObjectId(), "idle_expires_at": ended, "expires_at": now()} for _ in range(501)]
    await RefreshFamily.get_pymongo_collection().insert_many(old)
    assert await night(core, "auth_sessions") == ["auth_sessions"]
    assert await night(core, "auth_sessions") == []
    assert await RefreshFamily.get_pymongo_collection().count_documents({"idle_expires_at": ended}) == 0
    await Job.get_pymongo_collection().delete_many({"kind": "housekeeping.retain"})


@pytest.mark.parametrize("name", sorted({*(model.Settings.name for model in DOCUMENTS), "leases"}))
def test_every_collection_says_how_long_it_is_kept(name: str):
    """In the table of docs/operations.md."""
    kept = OPERATIONS.read_text(encoding="utf-8").partition("## What is kept how long")[2]
    assert f"`{name}`" in kept
