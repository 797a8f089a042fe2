"""Wall times of announcements: which instant a clock on the wall means."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.announcements.times import instant_of

TIMES = {
    "winter": ("2027-01-15T08:00", "Europe/Paris", "2027-01-15T07:00+00:00"),
    "summer": ("2027-07-15T08:00", "Europe/Paris", "2027-07-15T06:00+00:00"),
    "in the gap": ("2027-03-28T02:30", "Europe/Paris", "2027-03-28T01:30+00:00"),
    "before the gap": ("2027-03-28T01:59", "Europe/Paris", "2027-03-28T00:59+00:00"),
    "after the gap": ("2027-03-28T03:00", "Europe/Paris", "2027-03-28T01:00+00:00"),
    "comes twice": ("2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30+00:00"),
    "after it came twice": ("2026-10-25T03:00", "Europe/Paris", "2026-10-25T02:00+00:00"),
    "half an hour of summer time": ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45+00:00"),
    "a day ahead": ("2026-01-01T00:30", "Pacific/Kiritimati", "2025-12-31T10:30+00:00"),
}


@pytest.mark.parametrize(("wall", "zone", "instant"), TIMES.values(), ids=TIMES)
def test_a_wall_time_means_one_instant(wall: str, zone: str, instant: str):
    """What the clocks skip is as far behind the gap; of what comes twice the first counts."""
    assert instant_of(wall, zone) == datetime.fromisoformat(instant)
