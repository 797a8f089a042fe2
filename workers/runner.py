"""One worker: lanes that claim jobs, and an aiojobs scheduler that runs what was claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import aiojobs
import structlog
from pymongo.errors import PyMongoError

from models.unit import Job
from schemas.jobs import Lane
from services.committer import Committer
from workers import lines
from workers.attempt import Attempt, Bench
from workers.jobs import JOBS, LANE_LIMITS, JobSpec
from workers.meter import JobMeter, NoMeter
from workers.progress import Teller
from workers.queue import LEASE_S, Claim, Queue
from workers.work import Tools

POLL_S: Final = 1.0
DRAIN_S: Final = 10.0
CLOSE_S: Final = 5.0
FEWEST_AT_ONCE_S: Final = 0.02
"""While many wait, a lane claims for half of its places together, or for fewer after this pause."""

SUSPECT_ALONE_S: Final = 2.0
"""How long a job that was left by its worker is the only such one: it may have killed it, and would kill us, too."""

MEND_EVERY_S: Final = 5.0

log = structlog.get_logger(__name__)


class _Lane:
    """The places of one lane, and what wakes it."""

    def __init__(self, kinds: Collection[str], limit: int) -> None:
        self.kinds = frozenset(kinds)
        self.limit = limit
        self.running: set[Attempt] = set()
        self.is_busy = False
        self._wake = asyncio.Event()

    @property
    def free(self) -> int:
        return self.limit - len(self.running)

    @property
    def may_claim(self) -> bool:
        return self.free >= (self.limit + 1) // 2 if self.is_busy else self.free > 0

    def wake(self) -> None:
        self._wake.set()

    def left(self, attempt: Attempt) -> None:
        self.running.discard(attempt)
        if self.may_claim:
            self.wake()

    async def pause(self, seconds: float) -> None:
        """Until there may be something to do, `seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()


class Runner:
    """Claims, runs and finishes jobs of its lanes until it is stopped; then gives back what does not end in time."""

    def __init__(
        self,
        committer: Committer,
        tools: Tools,
        jobs: Sequence[JobSpec] = JOBS,
        *,
        lanes: Iterable[Lane] = Lane,
        limits: Mapping[Lane, int] = LANE_LIMITS,
        ephemeral: Teller | None = None,
        meter: JobMeter | None = None,
        lease_s: float = LEASE_S,
        drain_s: float = DRAIN_S,
    ) -> None:
        queue, specs = Queue(lease_s), {spec.kind: spec for spec in jobs}
        self._bench = Bench(committer, tools, queue, specs, meter or NoMeter(), ephemeral)
        self._drain_s = drain_s
        kinds = {lane: [spec.kind for spec in jobs if spec.lane is lane] for lane in lanes}
        self._lanes = [_Lane(found, limits[lane]) for lane, found in kinds.items() if found]

    def wake(self, kinds: Collection[str]) -> None:
        """Jobs of these kinds can begin: look at once."""
        for lane in self._lanes:
            if not lane.kinds.isdisjoint(kinds):
                lane.wake()

    async def run(self, stopping: asyncio.Event) -> None:
        scheduler = aiojobs.Scheduler(limit=None, close_timeout=CLOSE_S)
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes:
                    group.create_task(self._keep_claiming(lane, scheduler, stopping))
                group.create_task(self._keep_taking_over(scheduler, stopping))
                await stopping.wait()
                for lane in self._lanes:
                    lane.wake()
        finally:
            await self._drain(scheduler)

    async def serve(self, job: Job) -> None:
        """Run one job that is leased to us."""
        await Attempt(self._bench, job).serve()

    async def _drain(self, scheduler: aiojobs.Scheduler) -> None:
        """Let what runs end in time; the rest is given back, and the try does not count."""
        running = [attempt for lane in self._lanes for attempt in lane.running]
        for attempt in running:
            attempt.is_closing = True
        if running:
            log.info("draining", jobs=len(running))
        await scheduler.wait_and_close(self._drain_s)

    async def _keep_claiming(self, lane: _Lane, scheduler: aiojobs.Scheduler, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if not lane.may_claim:
                await lane.pause(FEWEST_AT_ONCE_S if lane.free else POLL_S)
                if not lane.free:
                    continue
            claim = await self._claim(lane)
            for job in claim.jobs:
                await self._begin(job, lane, scheduler)
            lane.is_busy = claim.next_in_s == 0
            if not lane.is_busy:
                await lane.pause(POLL_S if claim.next_in_s is None else min(claim.next_in_s, POLL_S))

    async def _claim(self, lane: _Lane) -> Claim:
        try:
            return await self._bench.queue.claim(lane.kinds, lane.free)
        except PyMongoError as error:
            log.warning("claim_failed", error=type(error).__name__)
            return Claim()

    async def _begin(self, job: Job, lane: _Lane, scheduler: aiojobs.Scheduler) -> asyncio.Event:
        """Run it in its lane; the event says that it has ended."""
        attempt, ended = Attempt(self._bench, job), asyncio.Event()
        late_s = (job.started_at - job.run_at).total_seconds() if job.started_at else 0.0
        self._bench.meter.job_claimed(job.kind, self._bench.specs[job.kind].lane, late_s=max(late_s, 0.0))
        lane.running.add(attempt)

        async def serve() -> None:
            try:
                await attempt.serve()
            finally:
                lane.left(attempt)
                ended.set()

        await scheduler.spawn(serve())
        return ended

    async def _keep_taking_over(self, scheduler: aiojobs.Scheduler, stopping: asyncio.Event) -> None:
        """Run what other workers left, one after the other."""
        mend_at = 0.0
        while not stopping.is_set():
            if (clock := asyncio.get_running_loop().time()) >= mend_at:
                mend_at = clock + MEND_EVERY_S
                await self._mend()
            ended = await self._take_over(scheduler)
            waited_for = stopping if ended is None else ended
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_again_s if ended is None else SUSPECT_ALONE_S):
                    await waited_for.wait()

    async def _take_over(self, scheduler: aiojobs.Scheduler) -> asyncio.Event | None:
        lanes = {kind: lane for lane in self._lanes if lane.free > 0 for kind in lane.kinds}
        try:
            job = await self._bench.queue.take_over(lanes) if lanes else None
        except PyMongoError as error:
            log.warning("claim_failed", error=type(error).__name__)
            return None
        if job is None:
            return None
        log.warning("job_taken_over", job=str(job.id), kind=job.kind, attempt=job.attempt)
        self._bench.meter.job_taken_over()
        return await self._begin(job, lanes[job.kind], scheduler)

    @property
    def _look_again_s(self) -> float:
        return min(POLL_S, self._bench.queue.lease_s / 3)

    async def _mend(self) -> None:
        try:
            if mended := await lines.mend():
                log.info("lines_mended", lines=mended)
        except PyMongoError as error:
            log.warning("lines_not_mended", error=type(error).__name__)
