"""Memory of active streams: it proves continuity or says nothing, and stays within its budget."""

import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.ring import RING_EVENTS, Rings
from schemas.events import TAKING_BACK
from services.event_log import WireEvent

STREAM, OTHER = (f"announcements/course:{n:024x}" for n in (1, 2))


def event(seq: int, name: str = "announcement.posted", stream: str = STREAM, size: int = 0) -> WireEvent:
    return WireEvent(stream, seq, name, f'{{"_seq":{seq}}}'.ljust(size), f"{seq:024x}", None, None, datetime.now(UTC))


def rings_with(*events: WireEvent, budget_bytes: int = 1 << 20) -> Rings:
    rings = Rings(budget_bytes)
    for one in events:
        rings.append(one)
    return rings


def numbers(events: list[WireEvent]) -> list[int]:
    return [found.seq for found in events]


def test_the_newest_are_kept():
    """256 events of a stream; what was pushed out is not yielded in part."""
    rings = rings_with(*map(event, range(1, RING_EVENTS + 11)))

    assert rings.newest_after(STREAM, 9, 5) == []
    assert numbers(rings.newest_after(STREAM, 10, 3)) == [11, 12, 13]
    assert len(rings.newest_after(STREAM, 10, 1000)) == RING_EVENTS
    assert rings.newest_after(STREAM, RING_EVENTS + 10, 5) == []


@pytest.mark.parametrize("name", sorted(TAKING_BACK))
def test_what_is_taken_back_leaves_memory(name):
    """After a withdrawal memory holds nothing from before it, of this stream; others keep theirs."""
    rings = rings_with(event(1, stream=OTHER), event(1), event(2), event(3, name), event(4))

    assert rings.newest_after(STREAM, 0, 10) == rings.newest_after(STREAM, 1, 10) == []
    assert numbers(rings.newest_after(STREAM, 2, 10)) == [3, 4]
    assert numbers(rings.newest_after(OTHER, 0, 10)) == [1]


def test_a_user_has_no_ring():
    """The own streams of 10,000 users would take the memory that the courses need."""
    own = f"notifications/user:{1:024x}"
    rings = rings_with(event(1, stream=own))

    assert len(rings) == rings.size == 0
    assert rings.newest_after(own, 0, 10) == []


def test_a_stream_that_was_left_begins_anew():
    """What follows a hole is not joined to what stood before it; what is forgotten is not yielded."""
    rings = rings_with(event(1), event(2), event(9))
    assert rings.newest_after(STREAM, 1, 10) == []
    assert numbers(rings.newest_after(STREAM, 8, 10)) == [9]

    rings.forget(STREAM)
    rings.forget(STREAM)
    assert rings.newest_after(STREAM, 8, 10) == []
    assert rings.size == 0


def test_the_least_recently_used_gives_way():
    """A stream that was read or written lately is kept; the other gives up all it has."""
    rings = rings_with(event(1), event(1, stream=OTHER), budget_bytes=20_000)
    rings.newest_after(STREAM, 0, 1)
    rings.append(event(2, stream=f"announcements/course:{3:024x}", size=14_000))

    assert numbers(rings.newest_after(STREAM, 0, 10)) == [1]
    assert rings.newest_after(OTHER, 0, 10) == []


operations = st.tuples(st.integers(0, 3), st.integers(0, 900), st.booleans())


@settings(deadline=None)
@given(st.lists(operations, max_size=120))
def test_within_the_budget_and_without_a_hole(history):
    """Whatever is written and read, memory is never over its budget and never yields a hole."""
    rings, heads = Rings(10_000), dict.fromkeys(range(4), 0)
    for which, size, is_read in history:
        stream = f"announcements/course:{which:024x}"
        if is_read:
            found = numbers(rings.newest_after(stream, max(heads[which] - 5, 0), 10))
            assert found in ([], list(range(max(heads[which] - 5, 0) + 1, heads[which] + 1)))
        else:
            heads[which] += 1
            rings.append(event(heads[which], stream=stream, size=size))
        assert rings.size <= 10_000


def test_a_budget_too_small_for_one_event():
    """Then there is no memory, and the log is asked."""
    rings = rings_with(event(1), event(2), budget_bytes=10)
    assert rings.newest_after(STREAM, 0, 10) == []
    assert rings.size == 0


def test_the_bytes_counted_are_those_taken():
    """The budget is one of memory: what is counted covers what is allocated, and not far more."""
    rings = Rings()
    tracemalloc.start()
    try:
        for n in range(5000):
            rings.append(event(1 + n // 50, stream=f"announcements/course:{n % 50:024x}", size=n % 700))
        rings_taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 0.6 * rings.size <= rings_taken <= rings.size


def test_memory_reaches_back_as_far_as_was_read():
    """What was read from the log goes before what is remembered, and never leaves a hole."""
    rings = rings_with(*map(event, (7, 8)))
    rings.reach_back(STREAM, [event(seq) for seq in (2, 3, 4)], head=8)
    assert rings.newest_after(STREAM, 1, 10) == []
    rings.reach_back(STREAM, [event(seq) for seq in (4, 5, 6)], head=8)
    rings.reach_back(STREAM, [event(seq) for seq in (6, 7)], head=8)

    assert numbers(rings.newest_after(STREAM, 3, 10)) == [4, 5, 6, 7, 8]
