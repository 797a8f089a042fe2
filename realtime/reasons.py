"""Telling of hostile input without becoming its amplifier: all of it is counted, little of it is logged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import structlog

from realtime.meter import RealtimeMeter

EVERY_S: Final = 60.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Told:
    at: float
    suppressed: int = 0


class ReasonLog:
    """At most one line a minute for each reason, with the number of those before it that got none.

    A reason is a code of ours, never text of a client: there are few, and each is a label in the metrics.
    """

    def __init__(self, meter: RealtimeMeter) -> None:
        self._meter = meter
        self._told: dict[str, _Told] = {}

    def note(self, reason: str, **fields: str | int | None) -> None:
        """Count one refusal; `fields` go into the line, if there is one."""
        self._meter.refused(reason)
        now, told = time.monotonic(), self._told.get(reason)
        if told is not None and now - told.at < EVERY_S:
            told.suppressed += 1
            return
        self._told[reason] = _Told(now)
        log.warning("input_refused", reason=reason, suppressed=told.suppressed if told else 0, **fields)
