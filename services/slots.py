"""When something is due by itself: the slots of a crontab line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


def slots_after(line: str, zone: str, instant: datetime) -> Iterator[datetime]:
    """The slots behind an instant, in UTC, without end.

    What is due at an hour that the clock leaves out in spring comes right after the gap, what is due at one that it
    repeats in autumn comes once, and what is due every so many minutes goes on through both.
    """
    for slot in CronSim(line, instant.astimezone(ZoneInfo(zone))):
        yield slot.astimezone(UTC)


def slot_key(kind: str, slot: datetime) -> str:
    """The key of the one job of a slot."""
    return f"cron:{kind}:{slot:%Y-%m-%dT%H:%M:%SZ}"
