"""Runs claimed jobs on an aiojobs scheduler, one for each worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiojobs
import structlog
from pymongo.errors import PyMongoError

from models.unit import Job
from schemas.types import now
from services.committer import Committer, StaleUnitError
from services.unit import Author, Unit
from workers import queue
from workers.jobs import JOBS, JobSpec
from workers.work import Tools, Work

AT_ONCE = 8
POLL_S = 0.5
HEARTBEAT_S = queue.LEASE_MS / 3000

log = structlog.get_logger(__name__)


class Runner:
    """Claims, runs and finishes jobs until it is stopped; then gives back what has not ended."""

    def __init__(
        self,
        committer: Committer,
        tools: Tools,
        jobs: Sequence[JobSpec] = JOBS,
    ) -> None:
        self._committer = committer
        self._tools = tools
        self._specs = {spec.kind: spec for spec in jobs}

    async def run(self, stopping: asyncio.Event) -> None:
        scheduler = aiojobs.Scheduler(limit=AT_ONCE, close_timeout=5.0)
        try:
            while not stopping.is_set():
                if scheduler.active_count < AT_ONCE and (job := await self._claim()) is not None:
                    await scheduler.spawn(self.serve(job))
                    continue
                try:
                    async with asyncio.timeout(POLL_S):
                        await stopping.wait()
                except TimeoutError:
                    continue
        finally:
            await scheduler.close()

    async def _claim(self) -> Job | None:
        try:
            return await queue.claim()
        except PyMongoError as error:
            log.warning("claim_failed", error=type(error).__name__)
            return None

    async def serve(self, job: Job) -> None:
        """Run one job with its lease kept alive, and write down how it ended."""
        structlog.contextvars.bind_contextvars(request_id=job.request_id, job=str(job.id), kind=job.kind)
        heart = asyncio.create_task(self._keep_lease(job))
        try:
            await self._attempt(job)
        except asyncio.CancelledError:
            await queue.give_back(job)
            raise
        except StaleUnitError:
            log.warning("job_lost_lease")
        except Exception as error:
            log.exception("job_failed", attempt=job.attempt)
            await self._fail(job, f"{type(error).__name__}: {error}")
        finally:
            heart.cancel()

    async def _attempt(self, job: Job) -> None:
        spec = self._specs.get(job.kind)
        if spec is None:
            raise LookupError(job.kind)
        if job.attempt > spec.attempts:
            message = "its workers died"
            raise RuntimeError(message)
        args = spec.args.model_validate(job.args)
        unit = Unit(at=now(), author=Author(request_id=job.request_id))
        queue.finish(unit, job, unit.at)
        async with asyncio.timeout(spec.timeout_s):
            await spec.run(args, Work(unit, self._tools))
        await self._committer.commit(unit)
        log.info("job_done", attempt=job.attempt)

    async def _fail(self, job: Job, error: str) -> None:
        spec = self._specs.get(job.kind)
        is_last = spec is None or job.attempt >= spec.attempts
        pause = None if is_last or spec is None else spec.backoff_s[min(job.attempt, len(spec.backoff_s)) - 1]
        await queue.fail(job, error, retry_in_s=pause)

    async def _keep_lease(self, job: Job) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                if not await queue.extend(job):
                    return
            except PyMongoError as error:
                log.warning("heartbeat_failed", error=type(error).__name__)
