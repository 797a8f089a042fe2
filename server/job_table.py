"""What of JOBS the doors show to operators."""

from __future__ import annotations

from services.ports import JobKind, JobTable
from workers.jobs import JOBS, LANE_LIMITS, JobSpec


def job_table(zone: str) -> JobTable:
    """The rows; those that are due by the school's clock in its zone."""
    return JobTable([_row(spec, zone) for spec in JOBS], LANE_LIMITS)


def _row(spec: JobSpec, zone: str) -> JobKind:
    cron = spec.cron
    return JobKind(
        kind=spec.kind,
        lane=spec.lane,
        attempts=spec.attempts,
        cron_line=cron.line if cron else None,
        cron_zone=(cron.zone if cron else None) or zone,
    )
