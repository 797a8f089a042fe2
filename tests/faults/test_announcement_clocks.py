"""Announcements appear at their moment, whatever the clocks of the workers show."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from schemas.types import now
from tests.harness.people import Live
from tests.harness.process import start, work
from tests.harness.school import School

PLANNED = 8

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="clocks are bent with libfaketime")


def bent(ahead_s: int) -> dict[str, str]:
    """The environment of a process whose clock is wrong; what it measures durations with stays right."""
    found = find_spec("libfaketime")
    assert found is not None
    assert found.origin is not None
    library = Path(found.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{ahead_s:+d}s", "DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
async def workers(strict_school: School) -> AsyncIterator[School]:
    """A school with two workers: the clock of one is five minutes fast."""
    place = strict_school.place
    fast = await start(place, ["-u", "-m", "server", "worker"], "working", **bent(300))
    right = await work(place)
    yield strict_school
    for worker in (fast, right):
        await worker.stop()


async def plan(live: Live, school: School, at: datetime) -> set[str]:
    """So many announcements for one instant, each with the wall time of its author."""
    instructor = await school.person("instructor")
    course = await school.course(instructor)
    await live.watch(course)
    draft = {"courseId": course, "content": "Soon.", "scheduledAt": at.isoformat()}
    made = [await instructor.post("/api/v1/announcements", {**draft, "title": f"No. {n}"}) for n in range(PLANNED)]
    assert {reply.data["status"] for reply in made} == {"scheduled"}
    return {reply.data["announcementId"] for reply in made}


async def test_two_workers_post_each_once_and_not_before_its_time(workers: School):
    """The database's clock decides; a fast clock posts nothing early, and two that race post nothing twice."""
    at = now() + timedelta(seconds=4)
    async with workers.admin.live() as live:
        planned = await plan(live, workers, at)
        told = await live.until(lambda all_: len([one for one in all_ if one.name == "announcement.posted"]) >= PLANNED)
        assert Counter(one.payload["announcementId"] for one in told if one.name == "announcement.posted") == Counter(
            planned
        )
        for event in live.named("announcement.posted"):
            assert datetime.fromisoformat(event["_at"]) >= at
            assert (datetime.fromisoformat(event["postedAt"]), event["_version"]) == (at, 2)
