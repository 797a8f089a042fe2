"""One scan that every body passes before its model sees it.

Refused: what is not UTF-8, a byte order mark, more than 32 levels or 10,000 values, strings over 64 KiB, a
duplicate key, NUL, lone surrogates, NaN, infinities, and integers that JavaScript cannot hold.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import NoReturn

import orjson
from pydantic import JsonValue
from pydantic.alias_generators import to_camel

from services.errors import AmbiguousField, MalformedJson

MAX_DEPTH, MAX_VALUES, MAX_STRING = 32, 10_000, 64 * 1024
MAX_INTEGER = 2**53 - 1
SHOWN = 100
"""How much of a wrong key a refusal repeats."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
"""A string without its end counts to the end of the body, so that every byte is looked at once."""


def scan(raw: bytes) -> bytes:
    """Return the same JSON, fit for a strict model; refuse with `MalformedJson` or `AmbiguousField`."""
    if raw.startswith(b"\xef\xbb\xbf"):
        _refuse("it begins with a byte order mark")
    _check_shape(raw)
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=join_pairs, parse_constant=_no_constant)
        _check_values(value)
        return orjson.dumps(value)
    except UnicodeDecodeError:
        _refuse("it is not UTF-8")
    except json.JSONDecodeError as error:
        _refuse(f"{error.msg.lower()} (character {error.pos})")
    except (ValueError, orjson.JSONEncodeError):
        _refuse("a number or a character cannot be represented")


def canonical(raw: bytes) -> bytes:
    """The same value always as the same bytes, whatever the spaces and the order of keys."""
    return orjson.dumps(orjson.loads(scan(raw)), option=orjson.OPT_SORT_KEYS) if raw else b""


def join_pairs(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Make an object of its members. Two spellings of one name (`dueDate`, `due_date`) must agree."""
    joined: dict[str, JsonValue] = {}
    spelled: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen:
            _refuse(f"the key {key[:SHOWN]!r} stands twice")
        seen.add(key)
        camel = to_camel(key) if "_" in key else key
        earlier = spelled.setdefault(camel, key)
        if earlier != key:
            if not _is_same(joined[earlier], value):
                raise AmbiguousField(field=ascii(camel[:SHOWN])[1:-1])
            continue
        joined[key] = value
    return joined


def _is_same(one: JsonValue, other: JsonValue) -> bool:
    """Compare as JSON does: to Python, but to nobody else, `1` equals `true`."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _refuse(problem: str) -> NoReturn:
    raise MalformedJson(problem=problem)


def _no_constant(name: str) -> NoReturn:
    _refuse(f"{name} is not a JSON number")


def _check_shape(raw: bytes) -> None:
    """Bound depth and number of values before anything is built from them."""
    depth = values = 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        values += token in b"[{,"
        if depth > MAX_DEPTH:
            _refuse(f"it is nested deeper than {MAX_DEPTH} levels")
        if values > MAX_VALUES:
            _refuse(f"it holds more than {MAX_VALUES} values")


def _check_values(value: JsonValue) -> None:
    for leaf in _leaves(value):
        if isinstance(leaf, str):
            if "\0" in leaf:
                _refuse("it contains a NUL character")
            if len(leaf) > MAX_STRING:
                _refuse(f"a text is longer than {MAX_STRING} characters")
        elif isinstance(leaf, bool):
            continue
        elif isinstance(leaf, int) and abs(leaf) > MAX_INTEGER:
            _refuse("an integer is outside ±(2^53−1)")
        elif isinstance(leaf, float) and not math.isfinite(leaf):
            _refuse("a number is too large")


def _leaves(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from _leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    else:
        yield value
