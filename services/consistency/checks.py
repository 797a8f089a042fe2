"""The CHECKS table: what is looked at every night. Checks only read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services.consistency import delivery, records
from services.consistency.looking import Look, Seen


@dataclass(frozen=True, slots=True)
class Check:
    """One row: `run` looks at one page."""

    name: str
    run: Callable[[Look], Awaitable[Seen]]


CHECKS: Final = (
    Check("streams", delivery.check_streams),
    Check("subjects", delivery.check_subjects),
    Check("notifications", delivery.check_notifications),
    Check("seats", records.check_seats),
    Check("accounts", records.check_accounts),
    Check("jobs", records.check_jobs),
    Check("indexes", records.check_indexes),
    Check("audit", records.check_audit),
)
