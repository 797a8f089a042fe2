"""Hostile input is counted in full and logged little."""

import pytest
from structlog.testing import capture_logs

from realtime import reasons
from realtime.reasons import ReasonLog
from server.metrics import Metrics


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(reasons.time, "monotonic", lambda: Clock.now)
    return Clock


def test_one_line_a_minute_for_each_reason(clock):
    """A flood makes one line; a minute later the next one says how many there were between."""
    told = ReasonLog(Metrics())
    with capture_logs() as lines:
        for _ in range(1000):
            told.note("malformed_frame", address="192.0.2.1")
        told.note("frame_too_large")
        clock.now += 60
        told.note("malformed_frame", address="192.0.2.2")

    assert [(line["reason"], line["suppressed"]) for line in lines] == [
        ("malformed_frame", 0),
        ("frame_too_large", 0),
        ("malformed_frame", 999),
    ]
    assert lines[0]["address"] == "192.0.2.1"


async def test_all_of_it_is_counted():
    """What is not logged is found in the metrics."""
    metrics = Metrics()
    told = ReasonLog(metrics)
    for _ in range(1000):
        told.note("malformed_frame")

    assert b'input_refused_total{reason="malformed_frame"} 1000.0' in await metrics.text()
