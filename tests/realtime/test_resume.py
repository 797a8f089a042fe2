"""A position that a client claims is read, or it is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.resume import Claimed

EPOCH, FACT = "5f2c", "65f0a1b2c3d4e5f60718293a"


@pytest.mark.parametrize(
    ("value", "claimed"),
    [
        ([EPOCH, 0], Claimed(EPOCH, 0)),
        ([EPOCH, 97], Claimed(EPOCH, 97)),
        ([EPOCH, 97, FACT], Claimed(EPOCH, 97, FACT)),
        ([EPOCH, 97, None], Claimed(EPOCH, 97)),
        (["", 2**70], Claimed("", 2**70)),
    ],
)
def test_positions(value, claimed):
    """An epoch and a number, and the last event's id if the client has it."""
    assert Claimed.read(value) == claimed


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, 97, 1.5, "", EPOCH, f"{EPOCH},97", {}, {"epoch": EPOCH, "seq": 97}, {"0": EPOCH, "1": 97}),
        *([], [EPOCH], [97], [97, EPOCH], [EPOCH, -1], [EPOCH, "97"], [EPOCH, 97.0], [EPOCH, True], [EPOCH, None]),
        *([EPOCH, [97]], [None, 97], [[EPOCH], 97], [EPOCH, 97, 1], [EPOCH, 97, {"$ne": 1}], [EPOCH, 97, FACT, 1]),
    ],
    ids=str,
)
def test_garbage_is_no_position(value):
    """Nothing is made of half a position: the client is told to load the snapshot."""
    assert Claimed.read(value) is None


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@settings(deadline=None)
@given(anything | st.lists(anything, min_size=2, max_size=3))
def test_whatever_comes_is_read(value):
    """No JSON value raises; what is read has the form that continuity is judged by."""
    claimed = Claimed.read(value)

    if claimed is not None:
        assert [claimed.epoch, claimed.seq] == value[:2]
        assert isinstance(claimed.seq, int)
        assert claimed.seq >= 0
