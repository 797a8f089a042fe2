"""One active stream: whatever order events arrive in, they leave in the order of their numbers, once."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.log import LiveStream
from services.event_log import WireEvent

STREAM = "announcements/course:65f0a1b2c3d4e5f60718293a"
AT = datetime(2030, 1, 1, tzinfo=UTC)


def event(seq: int, name: str = "announcement.posted") -> WireEvent:
    return WireEvent(STREAM, seq, name, f'{{"_seq":{seq}}}', f"{seq:024x}", None, None, AT)


def numbers(events: list[WireEvent]) -> list[int]:
    return [found.seq for found in events]


def stream_at(head: int, *arriving: int) -> LiveStream:
    live = LiveStream(STREAM)
    live.begin(head)
    for seq in arriving:
        live.offer(event(seq))
    return live


@st.composite
def histories(draw) -> tuple[int, int, list[int], int]:
    """Events 1 to n in any order and any number of times, a head, and when the head becomes known."""
    last = draw(st.integers(1, 30))
    arriving = draw(st.permutations([*range(1, last + 1), *draw(st.lists(st.integers(1, last), max_size=20))]))
    return last, draw(st.integers(0, last)), arriving, draw(st.integers(0, len(arriving)))


@settings(deadline=None)
@given(histories())
def test_each_event_once_and_in_order(history):
    """Whatever arrives when, and however often, exactly what follows the head is delivered, in order, once."""
    last, head, arriving, known_after = history
    live, delivered = LiveStream(STREAM), []
    for seq in arriving[:known_after]:
        assert live.offer(event(seq)) == []
    delivered += live.begin(head)
    for seq in arriving[known_after:]:
        delivered += live.offer(event(seq))

    assert numbers(delivered) == list(range(head + 1, last + 1))
    assert live.head == last
    assert not live.has_gap


def test_gap():
    """A hole holds back what stands behind it, and is seen; filled, everything follows at once."""
    live = stream_at(4)

    assert live.offer(event(7)) == live.offer(event(6)) == []
    assert live.has_gap
    assert numbers(live.offer(event(5))) == [5, 6, 7]
    assert not live.has_gap


def test_nothing_is_a_gap_before_the_head_is_known():
    """Until the database has said where the stream stands, what arrives only waits."""
    live = LiveStream(STREAM)

    assert live.offer(event(9)) == []
    assert not live.has_gap
    assert live.begin(5) == []
    assert live.has_gap
