"""What the queue counts; the building keeps the figures."""

from __future__ import annotations

from typing import Protocol

from schemas.jobs import Lane


class JobMeter(Protocol):
    """Counters of one worker. Kinds and lanes come from JOBS, never from a client."""

    def job_claimed(self, kind: str, lane: Lane, *, late_s: float) -> None:
        """A job begins, so long after it was due."""

    def job_taken_over(self) -> None:
        """The worker of a job had fallen silent."""

    def job_done(self, kind: str, *, seconds: float) -> None: ...

    def job_failed(self, kind: str, *, seconds: float, is_dead: bool) -> None: ...


class NoMeter:
    """Counts nothing, for tests."""

    def job_claimed(self, kind: str, lane: Lane, *, late_s: float) -> None: ...

    def job_taken_over(self) -> None: ...

    def job_done(self, kind: str, *, seconds: float) -> None: ...

    def job_failed(self, kind: str, *, seconds: float, is_dead: bool) -> None: ...
