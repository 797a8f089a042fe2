"""The OpenAPI 3.1 document, from ROUTES and nothing else."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from handlers.call import Gate, Route
from handlers.refusals import NOWHERE, is_limited, refusals, takes_retry_key
from schemas.envelope import ErrorBody
from schemas.page import Pagination
from schemas.types import OBJECT_ID, UserRole
from server.health import VERSION
from server.vocabulary import SOME_ID, SOME_STREAM, Json, Use, Vocabulary, sample
from services.errors import DomainError
from services.permissions import Permission, reach_of

JSON_MEDIA: Final = "application/json"

INTRODUCTION: Final = """\
Every answer is one envelope: `{success, data, message, requestId, pagination?, asOf?}`, and every refusal is
`{success: false, data: null, error, message, status, code, category, details, fields, retryable, requestId}`; switch
on `code`. Every address under `/api/v1` also stands under `/api`. Every GET also answers HEAD. A method that an
address does not take is answered with 405 `method_not_allowed`, an unknown address with 404 `not_found`. Live events
are described in `/asyncapi.json`."""

_ID: Final = re.compile(r"\{(\w+)\}")


def openapi_document(routes: Sequence[Route]) -> Json:
    """Describe every row, in its order."""
    words = Vocabulary(_uses(routes))
    paths: dict[str, Json] = defaultdict(dict)
    for route in routes:
        paths[route.paths[0]][route.method.lower()] = _operation(route, words)
    kinds = {kind.code: kind for route in routes for kind in (*refusals(route), *NOWHERE)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Coursewire",
            "version": VERSION,
            "summary": "The live backend of a school.",
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document comes from."}],
        "tags": _tags(routes),
        "paths": dict(paths),
        "components": {
            "schemas": dict(sorted(words.schemas.items())),
            "examples": {code: _refusal_example(kind) for code, kind in sorted(kinds.items())},
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY,
        },
    }


def _uses(routes: Sequence[Route]) -> Iterator[Use]:
    for route in routes:
        for said in (route.body, route.query):
            if said is not None:
                yield said, "validation"
        if route.reply is not None:
            yield route.reply, "serialization"
    yield ErrorBody, "serialization"
    yield Pagination, "serialization"


def _tag(route: Route) -> str:
    return route.handler.__module__.rpartition(".")[2]


def _tags(routes: Sequence[Route]) -> list[Json]:
    modules = {_tag(route): inspect.getmodule(route.handler) for route in routes}
    return [{"name": name, "description": _first_line(module)} for name, module in modules.items()]


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]


def _operation(route: Route, words: Vocabulary) -> Json:
    operation: Json = {
        "operationId": _name(route),
        "tags": [_tag(route)],
        "summary": _first_line(route.handler),
        "description": _description(route),
        "parameters": _parameters(route, words),
        "responses": _responses(route, words),
        "security": _security(route),
        "x-permission": str(route.requires),
    }
    if route.about:
        operation["x-about"] = route.about
    if len(route.paths) > 1:
        operation["x-aliases"] = list(route.paths[1:])
    if route.body is not None:
        operation["requestBody"] = _body(route, route.body, words)
    return operation


def _name(route: Route) -> str:
    return str(getattr(route.handler, "__name__", route.path))


def _description(route: Route) -> str:
    needs = f"Needs `{route.requires}`" if isinstance(route.requires, Permission) else f"Is {route.requires}"
    about = f", about `{route.about}`" if route.about else ""
    also = f" Also at {', '.join(f'`{path}`' for path in route.paths[1:])}." if len(route.paths) > 1 else ""
    return f"{needs}{about}.{also}"


def _security(route: Route) -> list[Json]:
    """An empty entry means that a guest may call as well."""
    signed_in: list[Json] = [{"bearer": []}, {"cookie": []}]
    match route.requires:
        case Gate.OPEN:
            return [] if route.at_root else [{}, *signed_in]
        case Gate.SIGNED_IN:
            return signed_in
        case permission:
            return [{}, *signed_in] if reach_of(UserRole.GUEST, permission) else signed_in


def _parameters(route: Route, words: Vocabulary) -> list[Json]:
    found = [_path_parameter(name) for name in _ID.findall(route.path)]
    if route.query is not None:
        found += _query_parameters(route.query, words)
    return [*found, *({"$ref": f"#/components/parameters/{name}"} for name in _header_names(route))]


def _path_parameter(name: str) -> Json:
    is_id = name.endswith("_id")
    schema = {"type": "string", "pattern": OBJECT_ID} if is_id else {"type": "string", "minLength": 1}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema,
        "example": SOME_ID if is_id else SOME_STREAM,
    }


def _query_parameters(model: type[BaseModel], words: Vocabulary) -> Iterator[Json]:
    schema = words.schema_of(model, "validation")
    for name, part in schema["properties"].items():
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": _never_null(part)}


def _never_null(schema: Mapping[str, Any]) -> Json:
    """A query can leave a parameter out, but it cannot say null."""
    kept = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    either = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    return {**kept, **either[0]} if len(either) == 1 else kept


def _header_names(route: Route) -> Iterator[str]:
    if takes_retry_key(route):
        yield "IdempotencyKey"
    if route.is_write and route.about:
        yield "IfMatch"
    if _has_etag(route) and not route.is_write:
        yield "IfNoneMatch"
    if route.streams:
        yield "LastEventId"
    yield from ("XRequestId", "AcceptLanguage")


def _has_etag(route: Route) -> bool:
    return route.media is None and not route.streams and route.method in {"GET", "PUT", "PATCH"}


def _body(route: Route, model: type[BaseModel], words: Vocabulary) -> Json:
    content: Json = {"schema": words.ref(model, "validation")}
    if route.example is not None:
        content["example"] = _filled(route.example)
    required = any(field.is_required() for field in model.model_fields.values())
    return {"required": required, "content": {JSON_MEDIA: content}}


def _filled(example: Mapping[str, Any]) -> Json:
    return {key: _filled_value(value) for key, value in example.items()}


def _filled_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled_value(one) for one in value]
    return SOME_ID if value in ("{course_id}", "{user_id}") else value


def _responses(route: Route, words: Vocabulary) -> Json:
    successes = {str(int(status)): _success(route, words) for status in (route.status, *route.also)}
    if _has_etag(route) and not route.is_write:
        successes["304"] = {"description": "Not changed since the ETag of If-None-Match.", "headers": _headers("ETag")}
    refused: dict[str, list[type[DomainError]]] = defaultdict(list)
    for kind in refusals(route):
        refused[str(int(kind.status))].append(kind)
    refusing = {status: _refusal(kinds, words) for status, kinds in refused.items() if status not in successes}
    return dict(sorted({**successes, **refusing}.items()))


def _success(route: Route, words: Vocabulary) -> Json:
    names = ["XRequestId"]
    if _has_etag(route):
        names.append("ETag")
    if takes_retry_key(route):
        names.append("IdempotencyReplayed")
    if is_limited(route):
        names += LIMITED
    schema = _reply_schema(route, words)
    content: Json = {"schema": schema}
    if route.reply is not None:
        content["example"] = sample(schema, words.schemas)
    media = "text/event-stream" if route.streams else route.media or JSON_MEDIA
    return {"description": _first_line(route.handler), "headers": _headers(*names), "content": {media: content}}


def _reply_schema(route: Route, words: Vocabulary) -> Json:
    """The reply, in the envelope unless the row names a media type of its own."""
    data = words.ref(route.reply, "serialization") if route.reply else {}
    if route.reply is None:
        is_text = route.streams or route.media != JSON_MEDIA
        return {"type": "string"} if is_text else {"type": "object"}
    if route.media is not None:
        return data
    properties: Json = {
        "success": {"type": "boolean", "const": True},
        "data": {"type": "array", "items": data} if route.listed else data,
        "message": {"type": "string", "examples": [route.status.phrase]},
        "requestId": {"type": "string"},
    }
    required = list(properties)
    if route.listed:
        properties["pagination"] = words.ref(Pagination, "serialization")
        required.append("pagination")
    if route.as_of:
        properties["asOf"] = AS_OF
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _refusal(kinds: Sequence[type[DomainError]], words: Vocabulary) -> Json:
    status = kinds[0].status
    names = ["XRequestId", "ContentLanguage", *BY_STATUS.get(int(status), ())]
    codes = [kind.code for kind in kinds]
    content = {
        "schema": words.ref(ErrorBody, "serialization"),
        "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
    }
    return {
        "description": f"{status.phrase}: {', '.join(f'`{code}`' for code in codes)}",
        "headers": _headers(*names),
        "content": {JSON_MEDIA: content},
        "x-codes": codes,
    }


def _refusal_example(kind: type[DomainError]) -> Json:
    body: Json = {
        "success": False,
        "data": None,
        "error": kind.en,
        "message": kind.en,
        "status": int(kind.status),
        "code": kind.code,
        "category": kind.category(),
        "details": [],
        "fields": [],
        "retryable": kind.retryable,
        "requestId": SOME_ID,
    }
    return {"summary": kind.en, "value": body}


def _headers(*names: str) -> Json:
    return {HEADER_NAMES[name]: {"$ref": f"#/components/headers/{name}"} for name in names}


def _text(description: str, **schema: object) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}}


AS_OF: Final[Json] = {
    "type": "object",
    "description": "Where the streams of this snapshot stood before it was read; absent for who may not follow them.",
    "additionalProperties": {
        "type": "array",
        "prefixItems": [{"type": "string", "description": "epoch"}, {"type": "integer", "minimum": 0}],
        "minItems": 2,
        "maxItems": 2,
    },
    "examples": [{SOME_STREAM: ["6923f1c2a4b5d6e7f8091a2b", 41]}],
}

LIMITED: Final = ("RateLimit", "RateLimitPolicy")

HEADER_NAMES: Final = {
    "ContentLanguage": "Content-Language",
    "ETag": "ETag",
    "IdempotencyReplayed": "Idempotency-Replayed",
    "RateLimit": "RateLimit",
    "RateLimitPolicy": "RateLimit-Policy",
    "RetryAfter": "Retry-After",
    "WWWAuthenticate": "WWW-Authenticate",
    "XRequestId": "X-Request-ID",
}
HEADERS: Final[Json] = {
    "ContentLanguage": _text("The language of the texts.", enum=["en", "fr"]),
    "ETag": _text('`"<version>.<digest>"`: the version is what If-Match compares.'),
    "IdempotencyReplayed": _text("`true` when this is the first answer again.", enum=["true"]),
    "RateLimit": _text('`"<class>";r=<calls left>;t=<seconds until there are more>`.'),
    "RateLimitPolicy": _text('`"<class>";q=<calls>;w=<in any so many seconds>`.'),
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWWAuthenticate": _text("Bearer."),
    "XRequestId": _text("The id of this request, as in `requestId` and in the logs."),
}
BY_STATUS: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("WWWAuthenticate",),
    429: ("RetryAfter", *LIMITED),
    503: ("RetryAfter",),
}

PARAMETERS: Final[Json] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        **_text("`en` or `fr`, for the texts of refusals.", examples=["fr"]),
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        **_text(
            "A repeated call with the same key and body gets the first answer again, for a day.",
            pattern="^[!-~]{1,255}$",
            examples=["3f0c2b52-room-change"],
        ),
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        **_text("An ETag; the call is refused when the object has another version.", examples=["*"]),
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        **_text("An ETag; what has not changed is answered with 304.", examples=['"3.9f2c"']),
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        **_text("The `id` of the last event; the stream goes on behind it."),
    },
    "XRequestId": {
        "name": "X-Request-ID",
        "in": "header",
        **_text("An id of your own for this request, up to 64 of `A–Z a–z 0–9 . _ -`."),
    },
}

SECURITY: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `accessToken` of a sign-in, valid for ten minutes; or an API key (`ck_…`) with its scopes.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-at",
        "description": "Set for browsers. A write needs a same-origin proof (Sec-Fetch-Site or Origin) beside it.",
    },
}
