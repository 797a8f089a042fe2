"""Operating the queue over REST, for administrators."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.jobs_admin import JobOut, JobQuery, JobsOut
from schemas.page import Page
from services import jobs
from services.errors import InvalidTransition
from services.permissions import Permission as P
from services.scopes import JobScope, Scope


async def read_jobs(call: Call[Scope, None]) -> JobsOut:
    """Show how many jobs wait, run and are dead, by lane and by kind, and what is due by itself."""
    return await jobs.overview(call.scope, call.house.jobs, await call.house.reports.read())


async def list_jobs(call: Call[Scope, JobQuery]) -> Page[JobOut]:
    """List jobs, newest first, by state, kind and lane; what they were told is not shown."""
    return await jobs.list_jobs(call.scope, call.house.jobs, call.input)


async def requeue_job(call: Call[JobScope, None]) -> JobOut:
    """Try a dead job again, with all its attempts; in its line it comes first again."""
    return jobs.requeue(call.scope, call.house.jobs)


async def discard_job(call: Call[JobScope, None]) -> JobOut:
    """Let go of a dead job."""
    return jobs.discard(call.scope, call.house.jobs)


BASE = "/admin/jobs"
ONE = f"{BASE}/{{job_id}}"
DEAD_ONLY = (InvalidTransition,)

ROUTES = (
    Route("GET", BASE, read_jobs, JobsOut, P.JOB_OPERATE),
    Route("GET", f"{BASE}/list", list_jobs, JobOut, P.JOB_OPERATE, query=JobQuery, listed=True),
    Route("POST", f"{ONE}/requeue", requeue_job, JobOut, P.JOB_OPERATE, about="path.job_id", raises=DEAD_ONLY),
    Route("POST", f"{ONE}/discard", discard_job, JobOut, P.JOB_OPERATE, about="path.job_id", raises=DEAD_ONLY),
)
