"""When things may leave, and where they lead, by rules that no database is needed for."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from beanie import PydanticObjectId

from models.notifications import NotificationChoices
from services.notifications.digests import address_of
from services.notifications.timing import awake_at, next_at

HOME = "https://school.example"


def quiet(start: int, end: int) -> NotificationChoices:
    return NotificationChoices.model_construct(id=PydanticObjectId(), quiet_from=start * 60, quiet_until=end * 60)


@pytest.mark.parametrize(
    ("zone", "hours", "at", "awake"),
    [
        ("Europe/Paris", (22, 7), "2026-01-10T20:59+00:00", "2026-01-10T20:59+00:00"),
        ("Europe/Paris", (22, 7), "2026-01-10T21:00+00:00", "2026-01-11T06:00+00:00"),
        ("Europe/Paris", (22, 7), "2026-01-11T05:59+00:00", "2026-01-11T06:00+00:00"),
        ("Europe/Paris", (22, 7), "2026-01-11T06:00+00:00", "2026-01-11T06:00+00:00"),
        ("Europe/Paris", (22, 7), "2026-03-28T22:00+00:00", "2026-03-29T05:00+00:00"),
        ("Europe/Paris", (22, 7), "2026-10-24T21:00+00:00", "2026-10-25T06:00+00:00"),
        ("Europe/Paris", (1, 5), "2026-01-11T03:00+00:00", "2026-01-11T04:00+00:00"),
        ("Europe/Paris", (0, 2), "2026-03-29T00:30+00:00", "2026-03-29T01:00+00:00"),
        ("America/New_York", (0, 2), "2026-11-01T05:30+00:00", "2026-11-01T07:00+00:00"),
        ("Pacific/Kiritimati", (22, 7), "2026-01-10T09:00+00:00", "2026-01-10T17:00+00:00"),
        ("Europe/Paris", (8, 8), "2026-01-11T07:30+00:00", "2026-01-11T07:30+00:00"),
    ],
    ids=[
        "a minute before",
        "the first minute",
        "the last minute",
        "just over",
        "the night that loses an hour",
        "the night that gains one",
        "within one day",
        "their end is left out",
        "an hour comes twice",
        "far east",
        "none at all",
    ],
)
def test_quiet_hours_end_by_the_persons_clock(zone, hours, at, awake):
    """Also over midnight, and on the days on which clocks are changed."""
    told = awake_at(datetime.fromisoformat(at), quiet(*hours), ZoneInfo(zone))
    assert told == datetime.fromisoformat(awake)


def test_the_next_eight_o_clock_is_later_than_now():
    """At eight sharp it is tomorrow's."""
    eight = datetime.fromisoformat("2026-01-11T07:00+00:00")
    assert next_at(480, eight, ZoneInfo("Europe/Paris")) == datetime.fromisoformat("2026-01-12T07:00+00:00")


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("/courses/1", "/app/#/courses/1"),
        ("#/courses/1", "/app/#/courses/1"),
        ("/app/#/courses/1", "/app/#/courses/1"),
        ("", "/app/#/"),
        ("https://evil.example/x", "/app/"),
        ("//evil.example/x", "/app/#/evil.example/x"),
        ("javascript:alert(1)", "/app/#/javascript:alert(1)"),
        ("http://school.example/x", "/app/"),
    ],
)
def test_a_mail_leads_to_our_own_pages(link, leads):
    """Whatever a notification says."""
    assert address_of(link, HOME) == HOME + leads
    assert address_of(link, None) is None
