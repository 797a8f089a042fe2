"""Figures for Prometheus. Labels are bounded: routes are templates, never addresses.

Under `coursewire up` several processes count into one folder, each into files of its own, and any of them adds up all
of it. The files are maps of memory, so a process that is killed takes nothing along, and its successor in the same
place counts on: no counter ever goes backwards while `up` runs.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from realtime.meter import Carrier
from server.job_metrics import JobMetrics
from services.consistency.checks import CHECKS

ACTIVE_WITHIN_S = 300.0
MILLISECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
FAN_OUT = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)


@dataclass(slots=True)
class Own:
    """What this process alone has counted since it started, for its report."""

    connections: Tally[Carrier] = field(default_factory=Tally)
    streams: int = 0
    delivered: int = 0
    replayed: int = 0
    gap_filled: int = 0
    probes_failed: int = 0
    bus_lag_s: float = 0.0
    loop_lag_s: float = 0.0
    evictions: Tally[str] = field(default_factory=Tally)
    refusals: Tally[str] = field(default_factory=Tally)
    resets: Tally[str] = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """Where the processes of one `up` count together. `name` is a process's place, and that of its successors."""

    path: Path
    name: str

    def join(self) -> None:
        """Count into files from here on; to be called before the first figure is made."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.path)
        values.ValueClass = values.MultiProcessValue(lambda: self.name)  # type: ignore[no-untyped-call]

    def leave(self, name: str) -> None:
        """Forget what a process that has ended held at that moment; what it counted stays."""
        mark_process_dead(name, str(self.path))  # type: ignore[no-untyped-call]

    def text(self) -> bytes:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self.path))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class ProcessFigures:
    """What the supervisor knows of the others: who runs, and how often each had to be started again."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._up = Gauge(
            "process_up",
            "Whether this process of `up` runs.",
            ("process",),
            multiprocess_mode="livemax",
            registry=registry,
        )
        self._ended = Counter(
            "process_ended", "How often this process ended and was not told to.", ("process",), registry=registry
        )

    def runs(self, name: str) -> None:
        self._up.labels(name).set(1)
        self._ended.labels(name)

    def ended(self, name: str, *, unexpected: bool) -> None:
        self._up.labels(name).set(0)
        if unexpected:
            self._ended.labels(name).inc()


class Metrics:
    """The figures of one process; also the meter of the committer and of the live side."""

    def __init__(self, shared: SharedFolder | None = None) -> None:
        self._shared = shared
        if shared is not None:
            shared.join()
        self.own = Own()
        self._seen: dict[str, float] = {}
        self._queues: dict[Carrier, Callable[[], int]] = {}
        registry = self._registry = CollectorRegistry()
        self._count_calls(registry)
        self._count_delivery(registry)
        self._count_refusals(registry)
        self._count_bus(registry)
        self.jobs = JobMetrics(registry)
        self._findings = Counter(
            "consistency_findings", "What the nightly checks found that was not known.", ("check",), registry=registry
        )
        for check in CHECKS:
            self._findings.labels(check.name)

    def _count_calls(self, registry: CollectorRegistry) -> None:
        self._requests = Histogram(
            "http_request_duration_seconds",
            "How long requests took.",
            ("method", "route", "status_code"),
            registry=registry,
        )
        self._active = _gauge("active_users_total", "Users who called in the last five minutes.", registry)
        self._units = Histogram(
            "units_per_transaction",
            "Units that committed together.",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=registry,
        )
        self._conflicts = Counter("transaction_conflicts", "Transactions tried again.", registry=registry)
        self._loop_lag = Histogram(
            "event_loop_lag_seconds",
            "How late the loop came to a timer, four times a second.",
            buckets=MILLISECONDS,
            registry=registry,
        )

    def _count_delivery(self, registry: CollectorRegistry) -> None:
        self._connections = {
            Carrier.SOCKET: _gauge("ws_connections", "Open Socket.IO connections.", registry),
            Carrier.FEED: _gauge("sse_connections", "Open readers of server-sent events.", registry),
        }
        self._streams = _gauge("live_streams", "Streams that somebody follows, once for each process.", registry)
        self._queued = Gauge(
            "queue_bytes",
            "Bytes that wait for slow clients.",
            ("carrier",),
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._encoded = Counter("events_encoded", "Events made into bytes, once for all recipients.", registry=registry)
        self._fan_out = Histogram(
            "fan_out_seconds", "Writing one event to all who follow here.", buckets=FAN_OUT, registry=registry
        )
        self._delivered = Counter("events_delivered", "Events queued to recipients.", registry=registry)
        self._lag = Histogram(
            "commit_to_socket_seconds",
            "From commit to the recipients' queues.",
            buckets=MILLISECONDS,
            registry=registry,
        )
        self._filled = Counter(
            "gap_fill_events", "Events read from the log because a hint was missing.", registry=registry
        )
        self._replayed = Counter("replayed_events", "Events sent to resuming clients.", registry=registry)
        self._resets = Counter("sync_resets", "Streams that a client must load again.", ("reason",), registry=registry)

    def _count_refusals(self, registry: CollectorRegistry) -> None:
        self._evictions = Counter("evictions", "Connections ended by the server.", ("cause",), registry=registry)
        self._dropped = Counter(
            "ephemeral_dropped", "Events without a number that a slow client did not get.", registry=registry
        )
        self._refused = Counter(
            "input_refused", "What clients sent or asked against the rules.", ("reason",), registry=registry
        )
        self._refreshed = Counter("auth_refreshes", "Connections that went on with a fresh token.", registry=registry)

    def _count_bus(self, registry: CollectorRegistry) -> None:
        self._bus = Gauge(
            "redis_bus_up", "Whether hints come back from Redis.", multiprocess_mode="livemin", registry=registry
        )
        self._bus_lag = Histogram(
            "redis_probe_seconds",
            "From publishing to hearing oneself through Redis.",
            buckets=MILLISECONDS,
            registry=registry,
        )
        self._probes_failed = Counter(
            "redis_probe_failures", "Times that the self-probe stayed away.", registry=registry
        )
        self._tasks = _gauge("asyncio_tasks", "Tasks of the event loop.", registry)
        self._hints_dropped = Counter("redis_hints_dropped", "Hints that Redis was too slow for.", registry=registry)

    async def text(self) -> bytes:
        """Render everything in the text format, for all processes that count into the same folder.

        In a thread: 8,000 lines take a quarter of a second, two processes' half, and the loop must not stand still.
        """
        self.look()
        if self._shared is not None:
            return await asyncio.to_thread(self._shared.text)
        return await asyncio.to_thread(generate_latest, self._registry)

    def look(self) -> None:
        """Set what is not counted when it happens; each process does it once a second."""
        since = time.monotonic() - ACTIVE_WITHIN_S
        self._seen = {user: at for user, at in self._seen.items() if at > since}
        self._active.set(len(self._seen))
        self._tasks.set(len(asyncio.all_tasks()))
        for carrier, queued_bytes in self._queues.items():
            self._queued.labels(carrier.value).set(queued_bytes())

    @property
    def queue_bytes(self) -> int:
        return sum(queued_bytes() for queued_bytes in self._queues.values())

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).observe(seconds)

    def saw_user(self, user_id: str) -> None:
        self._seen[user_id] = time.monotonic()

    def committed(self, *, units: int) -> None:
        self._units.observe(units)

    def conflict(self) -> None:
        self._conflicts.inc()

    def found(self, check: str, *, new: int) -> None:
        self._findings.labels(check).inc(new)

    def loop_lag(self, seconds: float) -> None:
        self._loop_lag.observe(seconds)

    def connections(self, carrier: Carrier, *, now: int) -> None:
        self.own.connections[carrier] = now
        self._connections[carrier].set(now)

    def streams(self, *, now: int) -> None:
        self.own.streams = now
        self._streams.set(now)

    def watch_queues(self, carrier: Carrier, queued_bytes: Callable[[], int]) -> None:
        self._queues[carrier] = queued_bytes

    def encoded(self) -> None:
        self._encoded.inc()

    def fanned_out(self, *, seconds: float) -> None:
        self._fan_out.observe(seconds)

    def delivered(self, *, recipients: int, lag_s: float) -> None:
        self.own.delivered += recipients
        self._delivered.inc(recipients)
        self._lag.observe(lag_s)

    def dropped(self, *, ephemeral: int) -> None:
        self._dropped.inc(ephemeral)

    def gap_filled(self, *, events: int) -> None:
        self.own.gap_filled += events
        self._filled.inc(events)

    def replayed(self, *, events: int) -> None:
        self.own.replayed += events
        self._replayed.inc(events)

    def reset(self, reason: str) -> None:
        self.own.resets[reason] += 1
        self._resets.labels(reason).inc()

    def evicted(self, cause: str) -> None:
        self.own.evictions[cause] += 1
        self._evictions.labels(cause).inc()

    def refused(self, reason: str) -> None:
        self.own.refusals[reason] += 1
        self._refused.labels(reason).inc()

    def auth_refreshed(self) -> None:
        self._refreshed.inc()

    def bus_is_up(self, *, up: bool) -> None:
        self._bus.set(int(up))

    def bus_lag(self, *, seconds: float) -> None:
        self.own.bus_lag_s = seconds
        self._bus_lag.observe(seconds)

    def probe_failed(self) -> None:
        self.own.probes_failed += 1
        self._probes_failed.inc()

    def hints_dropped(self, *, count: int) -> None:
        self._hints_dropped.inc(count)


def _gauge(name: str, about: str, registry: CollectorRegistry) -> Gauge:
    """A gauge that is the sum over the processes which run."""
    return Gauge(name, about, multiprocess_mode="livesum", registry=registry)
