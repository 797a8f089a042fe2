"""What each process says of itself once a second, for those who operate the school."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.types import Out


class ProcessKind(StrEnum):
    """What a process is for."""

    WEB = "web"
    WORKER = "worker"


class BusState(StrEnum):
    """Whether hints from the other instances arrive; `off` where no Redis is configured."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


Count = Annotated[int, Field(ge=0)]


class ProcessReport(Out):
    """One process: what it carries now, and what has happened since it started.

    `instance` groups the processes that share a listening socket; `id` is new with every start. Lags are in
    seconds, the longest of the last second.
    """

    id: str
    instance: str
    name: str
    kind: ProcessKind
    host: str
    pid: Count
    version: str
    started_at: AwareDatetime
    reported_at: AwareDatetime
    draining: bool
    sockets: Count
    feeds: Count
    streams: Count
    queue_bytes: Count
    bus: BusState
    bus_lag_s: Annotated[float, Field(ge=0)]
    loop_lag_s: Annotated[float, Field(ge=0)]
    events_delivered: Count
    events_replayed: Count
    gap_fill_events: Count
    probe_failures: Count
    evictions: Annotated[dict[str, int], Field(description="By cause.")]
    refusals: Annotated[dict[str, int], Field(description="Of what clients sent, by reason.")]
    resets: Annotated[dict[str, int], Field(description="By reason.")]
