"""What the probes answer; these shapes stand outside the envelope."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from schemas.types import Out


class ServicesOut(Out):
    """What the server stands on."""

    database: Literal["OK", "ERROR"]
    redis: Literal["OK", "ERROR", "DISABLED"]


class HealthOut(Out):
    """`DEGRADED`: Redis is away, and events arrive a second or two later. `ERROR`: nothing works."""

    status: Literal["OK", "DEGRADED", "ERROR"]
    timestamp: AwareDatetime
    uptime: float
    version: str
    environment: str
    services: ServicesOut


class AliveOut(Out):
    """The loop turns."""

    status: Literal["alive"]


class ReadyOut(Out):
    """Whether to send traffic here, and which check says no."""

    ready: bool
    checks: dict[str, bool]
