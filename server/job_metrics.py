"""Figures of jobs: what this process has done, and, looked up every ten seconds, how the queue of all stands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from pymongo.errors import PyMongoError

from schemas.jobs import JobState, Lane
from services.jobs import backlog
from workers.jobs import JOBS

EVERY_S: Final = 10.0
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)
SHOWN: Final = (JobState.READY, JobState.RUNNING, JobState.DEAD)
LANE_OF: Final[Mapping[str, Lane]] = {spec.kind: spec.lane for spec in JOBS}

log = structlog.get_logger(__name__)


class JobMetrics:
    """The meter of the workers. The state of the queue is the same at every process, so it is not added up."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count_work(registry)
        self._jobs = Gauge(
            "jobs", "Jobs of a lane, by state.", ("lane", "state"), multiprocess_mode="livemax", registry=registry
        )
        self._lag = Gauge(
            "jobs_oldest_ready_seconds",
            "For how long the oldest job that is due has waited.",
            ("lane",),
            multiprocess_mode="livemax",
            registry=registry,
        )

    def _count_work(self, registry: CollectorRegistry) -> None:
        self._delay = Histogram(
            "job_start_delay_seconds",
            "From a job being due to its start; the database's clock counts.",
            ("lane",),
            buckets=SECONDS,
            registry=registry,
        )
        self._seconds = Histogram(
            "job_duration_seconds", "How long attempts took.", ("kind",), buckets=SECONDS, registry=registry
        )
        self._claimed = Counter("job_claims", "Attempts that were begun.", ("kind",), registry=registry)
        self._failed = Counter("job_failures", "Attempts that failed.", ("kind",), registry=registry)
        self._died = Counter("jobs_died", "Jobs that failed for good.", ("kind",), registry=registry)
        self._taken_over = Counter(
            "job_lease_takeovers", "Jobs taken over because their worker had fallen silent.", registry=registry
        )

    def job_claimed(self, kind: str, lane: Lane, *, late_s: float) -> None:
        self._claimed.labels(kind).inc()
        self._delay.labels(lane.value).observe(late_s)

    def job_taken_over(self) -> None:
        self._taken_over.inc()

    def job_done(self, kind: str, *, seconds: float) -> None:
        self._seconds.labels(kind).observe(seconds)

    def job_failed(self, kind: str, *, seconds: float, is_dead: bool) -> None:
        self._seconds.labels(kind).observe(seconds)
        self._failed.labels(kind).inc()
        if is_dead:
            self._died.labels(kind).inc()

    async def run(self) -> None:
        """Look at the queue until cancelled."""
        while True:
            try:
                await self.look()
            except PyMongoError as error:
                log.warning("jobs_not_counted", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        found = await backlog()
        for lane in Lane:
            kinds = [found[kind] for kind, its in LANE_OF.items() if its is lane and kind in found]
            for state in SHOWN:
                self._jobs.labels(lane.value, state.value).set(sum(one.count(state) for one in kinds))
            self._lag.labels(lane.value).set(max((one.oldest_s for one in kinds), default=0.0))
