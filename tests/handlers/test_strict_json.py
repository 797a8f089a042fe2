"""The one scan of every body: what it refuses, and that it changes nothing else."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from handlers.render import error_body
from handlers.strict_json import MAX_DEPTH, MAX_INTEGER, MAX_STRING, MAX_VALUES, canonical, scan
from services.errors import AmbiguousField, MalformedJson

REFUSED = {
    "nothing": b"",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "truncated UTF-8": b'{"a":"\xc3"}',
    "overlong UTF-8": b'"\xc0\xaf"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "a lone high surrogate": rb'"\ud800"',
    "a lone low surrogate in a key": rb'{"\udc00":1}',
    "raw NUL": b'"a\x00b"',
    "escaped NUL": rb'"a\u0000b"',
    "escaped NUL in a key": rb'{"\u0000":1}',
    "NaN": b'{"a":NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"[-Infinity]",
    "1e999": b"1e999",
    "-1e999": b"[-1e999]",
    "2^53": str(MAX_INTEGER + 1).encode(),
    "-2^53": str(-MAX_INTEGER - 1).encode(),
    "5,000 digits": b"9" * 5_000,
    "33 levels of lists": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "33 levels of objects": b'{"a":' * MAX_DEPTH + b"{}" + b"}" * MAX_DEPTH,
    "100,000 brackets": b"[" * 100_000,
    "a key twice": b'{"a":1,"a":1}',
    "a key twice inside": b'[{"b":{"a":1,"c":2,"a":1}}]',
    "an escaped key twice": rb'{"a":1,"\u0061":1}',
    "a second spelling twice": b'{"dueDate":1,"due_date":1,"due_date":1}',
    "10,001 values": orjson.dumps([0] * (MAX_VALUES + 1)),
    "a text over 64 KiB": orjson.dumps("x" * (MAX_STRING + 1)),
    "a key over 64 KiB": orjson.dumps({"x" * (MAX_STRING + 1): 1}),
    "a trailing comma": b"[1,]",
    "two values": b"{}{}",
    "a comment": b"{} // done",
    "single quotes": b"{'a':1}",
    "a leading zero": b"01",
    "a raw line break in a text": b'"a\nb"',
}

TAKEN = {
    "2^53-1": str(MAX_INTEGER).encode(),
    "-(2^53-1)": str(-MAX_INTEGER).encode(),
    "32 levels": b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    "10,000 values": orjson.dumps([0] * MAX_VALUES),
    "a text of 64 KiB": orjson.dumps("x" * MAX_STRING),
    "brackets in a text": orjson.dumps('[{"' * 1_000),
    "commas in a text": orjson.dumps("," * (MAX_VALUES + 1)),
    "brackets behind an escaped quote": orjson.dumps(['\\"' + "[" * 100, "]"]),
    "a pair of surrogates": '"\U0001f600"'.encode(),
    "names of our own keys": b'{"_a":1,"a_":2,"__proto__":{}}',
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_refuses(raw):
    """What is not plain, bounded JSON in UTF-8 reaches no model, and the refusal can be rendered."""
    with pytest.raises(MalformedJson) as refusal:
        scan(raw)

    assert len(error_body(refusal.value, "r1", "fr")) < 1_000


@pytest.mark.parametrize("raw", TAKEN.values(), ids=TAKEN)
def test_takes_what_reaches_a_limit(raw):
    """The limits themselves are inside, and what stands in a text counts for nothing."""
    assert scan(raw) == raw


@pytest.mark.timeout(10)
@pytest.mark.parametrize("filler", [rb"\"", rb"\\", b"\\\n", b"[", b'""', b'"\\'], ids=repr)
def test_looks_at_each_byte_once(filler):
    """A megabyte without an end is refused at once: the scan never starts over at the next quote."""
    with pytest.raises(MalformedJson):
        scan(b'{"a":"' + filler * (1024 * 1024 // len(filler)))


@pytest.mark.parametrize("value", ["1", '"x"', "[1]", '{"b":1,"c":2}', "null"])
def test_two_spellings_that_agree_are_one(value):
    """`dueDate` beside `due_date` with the same value says it once."""
    assert scan(f'{{"dueDate":{value},"due_date":{value}}}'.encode()) == f'{{"dueDate":{value}}}'.encode()


@pytest.mark.parametrize(("one", "other"), [("1", "2"), ("1", "true"), ("0", "false"), ("[1]", "[true]"), ("1", '"1"')])
def test_two_spellings_that_differ_are_refused(one, other):
    """Nobody has to guess which of two values counts, and 1 is not true."""
    with pytest.raises(AmbiguousField):
        scan(f'{{"in":{{"dueDate":{one},"due_date":{other}}}}}'.encode())


def test_an_ambiguous_name_can_always_be_told():
    """A name that is no valid text is refused in a text that is."""
    with pytest.raises(AmbiguousField) as refusal:
        scan(rb'{"a_b\ud800":1,"aB\ud800":2}')

    assert rb"aB\\ud800" in error_body(refusal.value, "r1", "en")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
keys = texts.filter(lambda key: "_" not in key)
leaves = (
    st.none()
    | st.booleans()
    | texts
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=30
)


@settings(deadline=None)
@given(values, st.booleans())
def test_round_trip(value: JsonValue, escaped: bool):  # noqa: FBT001 - drawn
    """Any JSON value in range comes out as it went in, however it was spelled."""
    assert scan(json.dumps(value, ensure_ascii=escaped, indent=1).encode()) == orjson.dumps(value)


def _turned(value: JsonValue) -> JsonValue:
    """The same value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: _turned(member) for key, member in reversed(value.items())}
    return [_turned(member) for member in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(values)
def test_canonical_is_one_form(value: JsonValue):
    """Spaces, escapes and the order of keys do not make another request."""
    assert canonical(json.dumps(_turned(value), indent=2).encode()) == canonical(orjson.dumps(value))


def test_canonical_tells_values_apart():
    """Another value is another request, no body is a request too, and garbage is none."""
    assert canonical(b"") == b""
    assert canonical(b'{"b":[2,1],"a":1}') == b'{"a":1,"b":[2,1]}'
    assert len({canonical(raw) for raw in (b"[1,2]", b"[2,1]", b"[1,2.0]", b'["1",2]', b"[true,2]")}) == 5
    with pytest.raises(MalformedJson):
        canonical(b"{")
