"""Operating the queue over REST: seen, tried again, let go; and whoever asked for a job follows it."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.harness.jobs import dead_job, put_job
from tests.harness.people import Person
from tests.harness.school import School

BASE = "/api/v1/admin/jobs"


async def found(admin: Person, job_id: str, **query: str) -> Any:
    """The job as it is listed; None where it is not among the newest."""
    asked = "&".join(f"{name}={value}" for name, value in {"limit": "100", **query}.items())
    listed = (await admin.get(f"{BASE}/list?{asked}")).data
    return next((job for job in listed if job["jobId"] == job_id), None)


async def until_done(admin: Person, job_id: str) -> Any:
    async with asyncio.timeout(20):
        while (job := await found(admin, job_id, state="done")) is None:
            await asyncio.sleep(0.05)
    return job


async def audited(school: School, job_id: str) -> list[str]:
    rows = (await school.admin.get(f"/api/v1/admin/audit?subject=job:{job_id}")).data
    return [row["action"] for row in rows]


async def test_a_dead_job_is_tried_again_once(school: School):
    """With all its attempts; a second time it is not dead any more, and the audit log knows who did it."""
    admin, job_id = school.admin, await dead_job(school.place, line="a line that has moved on")
    before = await found(admin, job_id, state="dead", kind="mail.welcome", lane="mail")
    assert (before["error"], before["attempt"], before["attempts"]) == ("ConnectionError: no", 5, 5)
    assert "args" not in before

    requeued = await admin.post(f"{BASE}/{job_id}/requeue")
    assert (requeued.data["state"], requeued.data["attempt"]) == ("ready", 0)
    assert (await until_done(admin, job_id))["attempt"] == 1
    again = await admin.post(f"{BASE}/{job_id}/requeue")
    assert (again.status, again.code) == (409, "invalid_transition")
    assert await audited(school, job_id) == ["job.requeued"]


async def test_a_dead_job_is_let_go(school: School):
    """It is neither dead nor tried any more, and cannot be let go twice."""
    job_id = await dead_job(school.place)
    assert (await school.admin.post(f"{BASE}/{job_id}/discard")).data["state"] == "discarded"
    for action in ("discard", "requeue"):
        assert (await school.admin.post(f"{BASE}/{job_id}/{action}")).code == "invalid_transition"
    assert (await found(school.admin, job_id, state="discarded"))["finishedAt"] is not None
    assert await found(school.admin, job_id, state="dead") is None
    assert await audited(school, job_id) == ["job.discarded"]


async def test_the_queue_is_seen_as_a_whole(school: School):
    """Lanes with their limits, every kind, also one that only another version knows, and the workers."""
    await put_job(school.place, "tomorrow.kind")
    await dead_job(school.place)
    seen = (await school.admin.get(BASE)).data
    lanes = {lane["lane"]: lane for lane in seen["lanes"]}
    assert {name: lane["limit"] for name, lane in lanes.items()} == {"default": 8, "mail": 4, "sms": 2, "export": 1}
    assert lanes["mail"]["dead"] >= 1
    kinds = {kind["kind"]: kind for kind in seen["kinds"]}
    assert (kinds["tomorrow.kind"]["lane"], kinds["mail.welcome"]["lane"]) == (None, "mail")
    assert kinds["tomorrow.kind"]["ready"] >= 1
    async with asyncio.timeout(10):  # a worker that has just started reports within a second
        while not (await school.admin.get(BASE)).data["workers"]:
            await asyncio.sleep(0.05)


async def test_whoever_asked_for_a_job_follows_it(school: School):
    """Live, on their own stream, to its end; nobody else hears of it."""
    owner, other = await school.person(), await school.person()
    async with owner.live("notifications") as live, other.live("notifications") as elsewhere:
        job_id = await put_job(school.place, "fields.reseal", owner_id=owner.id)
        told = await live.event("job.progress", jobId=job_id, state="done")
        assert (told["kind"], told["percent"], told["userId"]) == ("fields.reseal", 100, owner.id)
        assert elsewhere.named("job.progress") == []
    done = await until_done(school.admin, job_id)
    assert (done["ownerId"], done["progress"]) == (owner.id, {"done": 0, "total": 0, "percent": 100})
