"""The figures that a live client is held to, and the bucket that holds it to a pace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.limits import CLOSE_CODES, Limits, Pace


def test_scale_leaves_bytes_and_deadlines():
    """A scale makes room for more people and more haste, never for larger frames or longer waits."""
    plain, scaled = Limits(), Limits.scaled(100)

    assert (scaled.events_per_s, scaled.burst) == (2000, 4000)
    assert (scaled.connections_per_user, scaled.connections_per_address) == (1000, 20_000)
    for name in ("frame_bytes", "handlers", "streams", "connect_within_s", "queued_bytes", "queued_s"):
        assert getattr(scaled, name) == getattr(plain, name)
    assert Limits.scaled(1) == plain


def test_scale_never_locks_out():
    """However small the scale, one connection at one event a second is left."""
    tiny = Limits.scaled(0.0001)
    assert (tiny.events_per_s, tiny.burst, tiny.connections_per_user, tiny.connections_per_address) == (1, 1, 1, 1)


@pytest.mark.parametrize("start", [0.0, 12.5, 1e9])
def test_burst_then_pace(start):
    """Forty at once are allowed; the next must wait for a twentieth of a second, and then may come."""
    pace = Pace(Limits())

    assert [pace.take(start) for _ in range(40)] == [0.0] * 40
    wait = pace.take(start)
    assert wait == pytest.approx(0.05, rel=1e-3)
    assert pace.take(start + wait) == 0.0


def test_a_rest_fills_the_bucket_and_no_more():
    """Whoever was quiet for an hour may send one burst, not an hour's worth."""
    pace = Pace(Limits())
    assert sum(pace.take(3600.0) == 0.0 for _ in range(100)) == 40


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=300))
def test_never_over_the_pace(pauses):
    """In no stretch of time, wherever it begins, do more pass than a burst and twenty a second."""
    pace, at, passed = Pace(Limits()), 100.0, []
    for pause in pauses:
        at += pause
        if pace.take(at) == 0.0:
            passed.append(at)
    for first, begun in enumerate(passed):
        assert all(n <= 40 + 20 * (ended - begun) + 1e-3 for n, ended in enumerate(passed[first:], 1))


def flood(pace, per_second, seconds):
    """When a client that sends so fast, and does not listen, is given up; None if never."""
    for number in range(per_second * seconds):
        pace.take(at := 100 + number / per_second)
        if pace.is_hopeless:
            return at - 100
    return None


def test_hopeless():
    """Two hundred refusals and no fewer; things said at the right pace make up for them."""
    pace = Pace(Limits())
    for _ in range(40 + 199):
        pace.take(5.0)
    assert (pace.refused, pace.is_hopeless) == (199, False)
    pace.take(5.0)
    assert pace.is_hopeless
    assert [pace.take(6.0 + second) for second in range(40)] == [0.0] * 40
    assert pace.refused == 0


def test_who_is_given_up():
    """A flood ends soon, however it is spread; who is a little too fast is only told so."""
    assert flood(Pace(Limits()), 10_000, 1) < 0.03
    assert flood(Pace(Limits()), 1000, 2) < 0.5
    assert flood(Pace(Limits()), 200, 10) < 5
    assert flood(Pace(Limits()), 40, 100) is None


def test_who_listens_is_never_given_up():
    """Whoever waits as long as it is told may say as much as it likes for ever."""
    pace, now = Pace(Limits()), 0.0
    for _ in range(10_000):
        now += pace.take(now)
        assert pace.refused <= 1


def test_a_bucket_is_small():
    """There is one for every connection."""
    assert not hasattr(Pace(Limits()), "__dict__")


def test_close_reasons_fit():
    """A close frame carries at most 123 bytes of reason, and codes that the protocol knows (RFC 6455, 7.4.1)."""
    assert all(len(kind.code) <= 123 for kind in CLOSE_CODES)
    assert set(CLOSE_CODES.values()) <= {1002, 1003, 1007, 1008, 1009}
