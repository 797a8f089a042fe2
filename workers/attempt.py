"""One attempt at a job: run it with its lease kept alive, and write down how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from models.unit import Job
from schemas.jobs import JobState
from schemas.types import now, to_milliseconds
from services.committer import Committer, StaleUnitError
from services.unit import Author, Unit
from workers import lines
from workers.jobs import JobSpec
from workers.meter import JobMeter
from workers.progress import Reporter, Teller
from workers.queue import Queue, finish
from workers.work import Tools, Work

STALE_TRIES: Final = 5

log = structlog.get_logger(__name__)


class WorkerDiedError(Exception):
    """The job has taken its worker along, or was left by it, as often as it may be tried."""


class TooLongError(Exception):
    """The job did not end within the seconds that its row allows."""


class LeaseLostError(Exception):
    """Another worker has the job by now."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every attempt of a worker is made with."""

    committer: Committer
    tools: Tools
    queue: Queue
    specs: Mapping[str, JobSpec]
    meter: JobMeter
    ephemeral: Teller | None = None


class Attempt:
    """Runs one claimed job. `is_closing` tells a worker that ends from a job that cancels itself."""

    def __init__(self, bench: Bench, job: Job) -> None:
        self._bench = bench
        self._job = job
        self._spec = bench.specs[job.kind]
        self._reporter = Reporter(job, bench.ephemeral)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._limit: asyncio.Timeout | None = None
        self._is_lost = False
        self.is_closing = False

    async def serve(self) -> None:
        job = self._job
        structlog.contextvars.bind_contextvars(request_id=job.request_id, job=str(job.id), kind=job.kind)
        heart = asyncio.create_task(self._keep_lease())
        try:
            await self._run()
        except asyncio.CancelledError as error:
            if self.is_closing:
                await self._bench.queue.give_back(job)
                raise
            await self._fail(error)
        except LeaseLostError:
            log.warning("job_lost_lease")
        except Exception as error:
            log.exception("job_failed", attempt=job.attempt)
            await self._fail(error)
        finally:
            heart.cancel()

    async def _run(self) -> None:
        """Run until it commits: what the job has read may have changed meanwhile, and then it reads again."""
        if self._job.attempt > self._spec.attempts:
            message = f"no worker has survived it, or come to its end, in {self._spec.attempts} attempts"
            raise WorkerDiedError(message)
        for tries_left in reversed(range(STALE_TRIES)):
            try:
                await self._run_once()
            except StaleUnitError:
                if not await self._bench.queue.extend(self._job):
                    raise LeaseLostError from None
                if not tries_left:
                    raise
            else:
                break
        self._reporter.ended(JobState.DONE)
        self._bench.meter.job_done(self._job.kind, seconds=self._loop.time() - self._began)
        log.info("job_done", attempt=self._job.attempt)
        if self._job.line is not None:
            await self._advance(self._job.line)

    async def _run_once(self) -> None:
        job, spec = self._job, self._spec
        args = spec.args.model_validate(job.args)
        unit = self._unit()
        try:
            async with asyncio.timeout(spec.timeout_s) as limit:
                self._limit = limit
                await spec.run(args, Work(unit, self._bench.tools, self._reporter))
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"it took longer than {spec.timeout_s:g} s"
            raise (LeaseLostError if self._is_lost else TooLongError)(message) from None
        finally:
            self._limit = None
        await self._bench.committer.commit(unit)

    def _unit(self) -> Unit:
        """In the name of whoever asked for the job; at an instant by the database's clock, not by ours."""
        job = self._job
        passed = timedelta(seconds=self._loop.time() - self._began)
        at = now() if job.started_at is None else to_milliseconds(job.started_at + passed)
        unit = Unit(at=at, author=Author(user_id=job.owner_id, request_id=job.request_id))
        finish(unit, job)
        return unit

    async def _fail(self, error: BaseException) -> None:
        job, spec = self._job, self._spec
        is_dead = job.attempt >= spec.attempts
        pause = None if is_dead else spec.backoff_s[min(job.attempt, len(spec.backoff_s)) - 1]
        job.attempt = min(job.attempt, spec.attempts)
        try:
            is_ours = await self._bench.queue.fail(job, f"{type(error).__name__}: {error}", retry_in_s=pause)
        except PyMongoError as trouble:
            log.warning("failure_not_kept", error=type(trouble).__name__)  # the lease passes, and then it is taken over
            return
        if not is_ours:
            return
        self._bench.meter.job_failed(job.kind, seconds=self._loop.time() - self._began, is_dead=is_dead)
        if is_dead:
            log.error("job_dead", attempt=job.attempt)
            self._reporter.ended(JobState.DEAD)
            if job.line is not None:
                await self._advance(job.line)

    async def _advance(self, line: str) -> None:
        """Should it fail, `lines.mend` does it a little later."""
        with suppress(PyMongoError):
            await lines.advance(line)

    async def _keep_lease(self) -> None:
        """Prolong it three times in its length; a job that has lost it is ended at once."""
        while True:
            await asyncio.sleep(self._bench.queue.lease_s / 3)
            try:
                is_ours = await self._bench.queue.extend(self._job)
            except PyMongoError as error:
                log.warning("heartbeat_failed", error=type(error).__name__)
                continue
            if not is_ours:
                self._is_lost = True
                if self._limit is not None:
                    self._limit.reschedule(self._loop.time())
                return
