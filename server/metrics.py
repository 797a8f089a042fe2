"""Figures for Prometheus. Labels are bounded: routes are templates, never addresses."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

ACTIVE_WITHIN_S = 300.0


class Metrics:
    """The figures of one process; also the meter of the committer and of the live side."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Histogram(
            "http_request_duration_seconds",
            "How long requests took.",
            ("method", "route", "status_code"),
            registry=registry,
        )
        self._active = Gauge("active_users_total", "Users who called in the last five minutes.", registry=registry)
        self._connections = Gauge("ws_connections", "Open Socket.IO connections.", registry=registry)
        self._units = Histogram(
            "units_per_transaction",
            "Units that committed together.",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=registry,
        )
        self._conflicts = Counter("transaction_conflicts", "Transactions tried again.", registry=registry)
        self._delivered = Counter("events_delivered", "Events queued to recipients.", registry=registry)
        self._lag = Histogram("commit_to_socket_seconds", "From commit to the recipients' queues.", registry=registry)
        self._filled = Counter(
            "gap_fill_events", "Events read from the log because a hint was missing.", registry=registry
        )
        self._replayed = Counter("replayed_events", "Events sent to resuming clients.", registry=registry)
        self._resets = Counter("sync_resets", "Streams that a client must load again.", ("reason",), registry=registry)
        self._evictions = Counter("evictions", "Connections ended by the server.", ("cause",), registry=registry)
        self._bus = Gauge("redis_bus_up", "Whether hints come back from Redis.", registry=registry)
        self._tasks = Gauge("asyncio_tasks", "Tasks of the event loop.", registry=registry)
        self._seen: dict[str, float] = {}

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).observe(seconds)

    def saw_user(self, user_id: str) -> None:
        self._seen[user_id] = time.monotonic()

    def text(self) -> bytes:
        """Render everything in the text format."""
        since = time.monotonic() - ACTIVE_WITHIN_S
        self._seen = {user: at for user, at in self._seen.items() if at > since}
        self._active.set(len(self._seen))
        self._tasks.set(len(asyncio.all_tasks()))
        return generate_latest(self._registry)

    def committed(self, *, units: int) -> None:
        self._units.observe(units)

    def conflict(self) -> None:
        self._conflicts.inc()

    def connections(self, *, now: int) -> None:
        self._connections.set(now)

    def delivered(self, *, recipients: int, lag_s: float) -> None:
        self._delivered.inc(recipients)
        self._lag.observe(lag_s)

    def gap_filled(self, *, events: int) -> None:
        self._filled.inc(events)

    def replayed(self, *, events: int) -> None:
        self._replayed.inc(events)

    def reset(self, reason: str) -> None:
        self._resets.labels(reason).inc()

    def evicted(self, cause: str) -> None:
        self._evictions.labels(cause).inc()

    def bus_is_up(self, *, up: bool) -> None:
        self._bus.set(int(up))
