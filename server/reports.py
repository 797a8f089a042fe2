"""What each process says of itself once a second, in Redis, and what all of them say together.

A report is a key that expires, so that Redis's clock alone decides who is gone; a set holds the names of the keys.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import redis.asyncio as redis
import structlog
from pydantic import ValidationError

from realtime.bus import Bus
from realtime.meter import Carrier
from realtime.redis_calls import AWAY, WITHIN_S, open_client
from schemas.operations import BusState, ProcessKind, ProcessReport
from server.health import VERSION
from server.metrics import Metrics
from server.process import Lifecycle
from server.settings import Settings

LOOK_EVERY_S: Final = 0.25
LOOKS: Final = 4
EXPIRES_MS: Final = 5000
log = structlog.get_logger(__name__)


class Reports:
    """Measures the lag of the loop, brings the figures up to date, and publishes the report of this process."""

    def __init__(self, settings: Settings, url: str | None, bus: Bus, metrics: Metrics) -> None:
        self.id = uuid4().hex[:12]
        self._url = url
        self._prefix = f"{settings.redis_prefix}rt:process"
        self._bus = bus
        self._metrics = metrics
        self._host = socket.gethostname()
        self._place = settings.process_place
        self._began = datetime.now(UTC)
        self._kind = ProcessKind.WEB
        self._lifecycle = Lifecycle()
        self._client: redis.Redis | None = None

    async def run(self, kind: ProcessKind, lifecycle: Lifecycle) -> None:
        """Report until cancelled; Redis may be away for as long as it likes."""
        self._kind, self._lifecycle = kind, lifecycle
        clock, lags = asyncio.get_running_loop().time, deque([0.0], maxlen=LOOKS)
        async with self._connected():
            while True:
                for _ in range(LOOKS):
                    due = clock() + LOOK_EVERY_S
                    await asyncio.sleep(LOOK_EVERY_S)
                    lags.append(max(clock() - due, 0.0))
                    self._metrics.loop_lag(lags[-1])
                self._metrics.own.loop_lag_s = max(lags)
                self._metrics.look()
                await self._publish()

    async def read(self) -> Sequence[ProcessReport]:
        """One report a process, at most 5 s old, in the order of instance and name; without Redis only the own."""
        others = [] if self._client is None else await self._read_all(self._client)
        reports = [self._own(), *(other for other in others if other.id != self.id)]
        return sorted(reports, key=lambda report: (report.instance, report.name, report.started_at))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        if self._url is None:
            yield
            return
        self._client = open_client(self._url)
        try:
            yield
        finally:
            client, self._client = self._client, None
            with suppress(*AWAY):
                async with asyncio.timeout(WITHIN_S):
                    await client.delete(self._key(self.id))
            await client.aclose()

    def _key(self, identity: str) -> str:
        return f"{self._prefix}:{identity}"

    async def _publish(self) -> None:
        if self._client is None:
            return
        pipeline = self._client.pipeline(transaction=False)
        pipeline.set(self._key(self.id), self._own().model_dump_json(by_alias=True), px=EXPIRES_MS)
        pipeline.sadd(self._prefix, self.id)
        try:
            async with asyncio.timeout(WITHIN_S):
                await pipeline.execute()
        except AWAY as error:
            log.debug("report_not_published", error=type(error).__name__)

    async def _read_all(self, client: redis.Redis) -> list[ProcessReport]:
        try:
            async with asyncio.timeout(WITHIN_S):
                names = sorted(map(str, await client.smembers(self._prefix)))
                texts = await client.mget([self._key(name) for name in names]) if names else []
                if gone := [name for name, text in zip(names, texts, strict=True) if text is None]:
                    await client.srem(self._prefix, *gone)
        except AWAY as error:
            log.debug("reports_not_read", error=type(error).__name__)
            return []
        return [report for text in texts if text is not None and (report := _readable(str(text))) is not None]

    def _own(self) -> ProcessReport:
        own = self._metrics.own
        place, pid = self._place, os.getpid()
        return ProcessReport(
            id=self.id,
            instance=f"{self._host}:{place.parent.name if place else pid}",
            name=place.name if place else self._kind.value,
            kind=self._kind,
            host=self._host,
            pid=pid,
            version=VERSION,
            started_at=self._began,
            reported_at=datetime.now(UTC),
            draining=self._lifecycle.is_draining,
            sockets=own.connections[Carrier.SOCKET],
            feeds=own.connections[Carrier.FEED],
            streams=own.streams,
            queue_bytes=self._metrics.queue_bytes,
            bus=BusState.OFF if not self._bus.is_configured else BusState.UP if self._bus.is_up else BusState.DOWN,
            bus_lag_s=own.bus_lag_s,
            loop_lag_s=own.loop_lag_s,
            events_delivered=own.delivered,
            events_replayed=own.replayed,
            gap_fill_events=own.gap_filled,
            probe_failures=own.probes_failed,
            evictions=dict(own.evictions),
            refusals=dict(own.refusals),
            resets=dict(own.resets),
        )


def _readable(text: str) -> ProcessReport | None:
    """The report of a process of this version, or of one that says the same."""
    try:
        return ProcessReport.model_validate_json(text)
    except ValidationError:
        return None
