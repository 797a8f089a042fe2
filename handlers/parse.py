"""From a request's bytes to a handler's input: strict, and with an error for each wrong field."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import orjson
from aiohttp import web
from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from handlers.call import Route
from handlers.strict_json import join_pairs, scan
from schemas.envelope import FieldError
from schemas.types import OBJECT_ID, In
from services.errors import BodyTooLarge, InvalidInput, NotFound, RequestTimeout, UnsupportedMediaType

_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_OBJECT_ID = re.compile(OBJECT_ID)


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come: pauses, and once `grace_s` is over an average of `bytes_per_s`."""

    pause_s: float = 15.0
    grace_s: float = 30.0
    bytes_per_s: float = 1024.0


PACE = Pace()


async def read_body(route: Route, request: web.Request, pace: Pace = PACE) -> bytes:
    """The raw body of a write, within the row's limit; empty when the row takes none.

    `RequestTimeout` when it comes more slowly than `pace`.
    """
    if route.body is None:
        return b""
    if request.content_type != "application/json" or request.headers.get("Content-Encoding", "identity") != "identity":
        if not request.can_read_body and not _requires_anything(route.body):
            return b"{}"
        raise UnsupportedMediaType
    if (request.content_length or 0) > route.body_limit:
        raise BodyTooLarge(limit=route.body_limit)
    raw = await _received(request, route.body_limit, pace)
    return raw or (b"" if _requires_anything(route.body) else b"{}")


async def _received(request: web.Request, limit: int, pace: Pace) -> bytes:
    clock = asyncio.get_running_loop().time
    began, raw = clock(), bytearray()
    while not request.content.at_eof():
        try:
            async with asyncio.timeout(pace.pause_s):
                raw += await request.content.readany()
        except TimeoutError:
            raise RequestTimeout from None
        if len(raw) > limit:
            raise BodyTooLarge(limit=limit)
        if (took := clock() - began) > pace.grace_s and len(raw) < took * pace.bytes_per_s:
            raise RequestTimeout
    return bytes(raw)


def parse_body(model: type[In], raw: bytes) -> In:
    """Validate a body; `InvalidInput` names every wrong field."""
    return _validated(model, scan(raw))


def parse_query(model: type[In] | None, request: web.Request) -> In | None:
    """Validate the query string by the same kind of model; unknown and repeated parameters are refused."""
    pairs = list(request.query.items())
    _check_parameters(pairs)
    if model is None:
        if pairs:
            raise InvalidInput(fields=[_unknown(name) for name, _ in pairs])
        return None
    kinds = _kinds(model)
    typed = join_pairs([(name, _coerced(value, kinds.get(name, frozenset()))) for name, value in pairs])
    return _validated(model, orjson.dumps(typed))


def path_id(request: web.Request, name: str) -> str:
    """An id, or a name, out of the path; a malformed id cannot name anything, so it is `NotFound`."""
    value = request.match_info[name]
    if name.endswith("_id") and not _OBJECT_ID.fullmatch(value):
        raise NotFound
    return value


def _check_parameters(pairs: Iterable[tuple[str, str]]) -> None:
    """Refuse a repeated parameter, and NUL, which the database cannot look for."""
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            message = "The parameter stands more than once."
            raise InvalidInput(fields=[FieldError(path=name, code="repeated", message=message)])
        if "\0" in value:
            message = "The parameter contains a NUL character."
            raise InvalidInput(fields=[FieldError(path=name, code="forbidden_character", message=message)])
        seen.add(name)


def _unknown(name: str) -> FieldError:
    return FieldError(path=name, code="extra_forbidden", message="This parameter is not known here.")


def _validated(model: type[In], raw: bytes) -> In:
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise InvalidInput(fields=[_field_error(detail) for detail in error.errors(include_url=False)]) from None


def _field_error(detail: ErrorDetails) -> FieldError:
    path = ".".join(str(part) for part in detail["loc"])
    return FieldError(path=path, code=detail["type"], message=detail["msg"])


def _requires_anything(model: type[In]) -> bool:
    return any(field.is_required() for field in model.model_fields.values())


def _coerced(value: str, kinds: frozenset[object]) -> JsonValue:
    if bool in kinds and value in {"true", "false"}:
        return value == "true"
    if int in kinds and _INTEGER.fullmatch(value):
        return int(value)
    return value


@cache
def _kinds(model: type[In]) -> Mapping[str, frozenset[object]]:
    """The plain types that each parameter of a query may have, under both of its spellings."""
    kinds: dict[str, frozenset[object]] = {}
    for name, field in model.model_fields.items():
        kinds[name] = kinds[field.alias or name] = frozenset(_plain_types(field.annotation))
    return kinds


def _plain_types(annotation: Any) -> Iterable[object]:
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        for argument in get_args(annotation):
            yield from _plain_types(argument)
    else:
        yield annotation
