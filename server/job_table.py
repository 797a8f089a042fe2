"""What of JOBS the doors show to operators."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.jobs import Lane
from server.settings import Settings
from services.ports import JobKind, JobTable
from workers.jobs import JOBS, LANE_LIMITS, JobSpec


def job_table(settings: Settings) -> JobTable:
    """The rows; those that are due by the school's clock in its zone."""
    return JobTable([_row(spec, settings.school_timezone) for spec in JOBS], lane_limits(settings))


def lane_limits(settings: Settings) -> Mapping[Lane, int]:
    """How many jobs of each lane a worker runs at once."""
    return {**LANE_LIMITS, Lane.MAIL: settings.mails_at_once}


def _row(spec: JobSpec, zone: str) -> JobKind:
    cron = spec.cron
    return JobKind(
        kind=spec.kind,
        lane=spec.lane,
        attempts=spec.attempts,
        cron_line=cron.line if cron else None,
        cron_zone=(cron.zone if cron else None) or zone,
    )
