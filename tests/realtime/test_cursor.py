"""The cursor of server-sent events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime import cursor
from schemas.streams import Namespace, Room, Stream, parse_stream

NAMES = st.builds(
    Stream, st.sampled_from(Namespace), st.sampled_from(Room), st.binary(min_size=12, max_size=12).map(bytes.hex)
).map(lambda stream: stream.name)
NAMED = NAMES.filter(lambda name: parse_stream(name) is not None)


@given(st.dictionaries(NAMED, st.integers(0, cursor.MAX_SEQ), max_size=50))
def test_positions_come_back_as_they_went(positions: dict[str, int]):
    """Whatever streams, wherever they stand."""
    packed = cursor.pack("0123456789ab", positions)
    assert cursor.unpack(packed) == {name: ("0123456789ab", seq) for name, seq in positions.items()}


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda raw: cursor.base64.b64encode(raw).decode())))
def test_garbage_is_none_of_ours_and_never_crashes(text: str):
    """It yields None, or positions that are judged like any other."""
    assert cursor.unpack(text) is None or isinstance(cursor.unpack(text), dict)


def test_two_hundred_streams_take_four_kilobytes():
    """Sixteen bytes a stream before base64."""
    streams = {f"announcements/course:{n:024x}": n for n in range(200)}
    assert 4266 <= len(cursor.pack("0123456789ab", streams)) <= 4300
