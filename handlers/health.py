"""Probes and metrics, for those who operate the server."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from handlers.call import Bare, Call, Gate, Route
from schemas.probes import AliveOut, HealthOut, ReadyOut
from services.scopes import Scope


async def health(call: Call[Scope, None]) -> Bare:
    """Summarise the server and what it stands on: 503 only when it cannot serve."""
    report, can_serve = await call.house.health.summary()
    return Bare(orjson.dumps(report), HTTPStatus.OK if can_serve else HTTPStatus.SERVICE_UNAVAILABLE)


async def livez(_call: Call[Scope, None]) -> Bare:
    """Answer as long as the loop turns, whatever is down around it."""
    return Bare(orjson.dumps({"status": "alive"}))


async def readyz(call: Call[Scope, None]) -> Bare:
    """Say whether to send traffic here, and which check says no."""
    checks = await call.house.health.is_ready()
    status = HTTPStatus.OK if all(checks.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    return Bare(orjson.dumps({"ready": all(checks.values()), "checks": checks}), status)


async def metrics(call: Call[Scope, None]) -> Bare:
    """Figures in the Prometheus text format."""
    return Bare(await call.house.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")


JSON = "application/json"
NOT_NOW = (HTTPStatus.SERVICE_UNAVAILABLE,)

ROUTES = (
    Route("GET", "/health", health, HealthOut, Gate.OPEN, at_root=True, also=NOT_NOW, media=JSON),
    Route("GET", "/livez", livez, AliveOut, Gate.OPEN, at_root=True, media=JSON),
    Route("GET", "/readyz", readyz, ReadyOut, Gate.OPEN, at_root=True, also=NOT_NOW, media=JSON),
    Route("GET", "/metrics", metrics, None, Gate.OPEN, at_root=True, media="text/plain"),
)
