"""How far a job has come: kept with the job, and told live to whoever asked for it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

import structlog
from pymongo.errors import PyMongoError

from models.unit import Job
from schemas.events import Event
from schemas.events.jobs import JobProgressed
from schemas.jobs import JobState, percent_of

EVERY_S: Final = 0.5

log = structlog.get_logger(__name__)


class Teller(Protocol):
    """Tells what is kept nowhere, to whoever follows at this moment."""

    def tell(self, event: Event) -> None: ...


class Reporter:
    """The progress of one run of a job. Losing a word of it is no harm: the job goes on without."""

    def __init__(self, job: Job, ephemeral: Teller | None) -> None:
        self._job = job
        self._ephemeral = ephemeral
        self._last: tuple[int, int] | None = None
        self._told_at = float("-inf")

    async def report(self, done: int, total: int) -> None:
        """Pass on what came, at most twice a second, but for the end, which is passed on once."""
        is_over = done >= total and self._last != (done, total)
        self._last = done, total
        clock = asyncio.get_running_loop().time()
        if clock - self._told_at < EVERY_S and not is_over:
            return
        self._told_at = clock
        self._tell(JobState.RUNNING)
        try:
            await Job.get_pymongo_collection().update_one(
                {"_id": self._job.id, "lease_token": self._job.lease_token},
                {"$set": {"progress": {"done": done, "total": total}}},
            )
        except PyMongoError as error:
            log.warning("progress_not_kept", error=type(error).__name__)

    def ended(self, state: JobState) -> None:
        """Say how it ended, if anything was said before."""
        self._tell(state)

    def _tell(self, state: JobState) -> None:
        job = self._job
        if self._last is None or self._ephemeral is None or job.owner_id is None:
            return
        done, total = self._last
        self._ephemeral.tell(
            JobProgressed(
                job_id=str(job.id),
                user_id=job.owner_id,
                kind=job.kind,
                done=done,
                total=total,
                percent=percent_of(done, total),
                state=state,
            )
        )
