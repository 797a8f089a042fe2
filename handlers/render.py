"""From a reply or a refusal to bytes: the one envelope, the ETag, and the language of errors."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from aiohttp import web

from handlers.call import Answer, SetCookie
from schemas.envelope import ErrorBody, Position
from schemas.page import Page
from schemas.types import Out
from services.errors import DomainError, NotAuthenticated, RequestTimeout, StepUpRequired
from services.scopes import STEP_UP_S

_LANGUAGE = re.compile(r"\s*(\*|[A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A success, ready to send and to keep for a retry."""

    body: bytes
    status: HTTPStatus
    digest: str
    cookies: tuple[SetCookie, ...]


def render(
    reply: Out | Page[Out] | Answer,
    status: HTTPStatus,
    request_id: str,
    as_of: Mapping[str, Position] | None,
) -> Rendered:
    """Put a reply into the envelope. The digest covers what the viewer sees, not the request id."""
    answer = reply if isinstance(reply, Answer) else None
    data, pagination = _data_of(answer.data if answer else reply)
    status = (answer.status if answer else None) or status
    envelope: dict[str, object] = {
        "success": True,
        "data": orjson.Fragment(data),
        "message": status.phrase,
        "requestId": request_id,
    }
    if pagination:
        envelope["pagination"] = orjson.Fragment(pagination)
    if as_of is not None:
        envelope["asOf"] = as_of
    digest = hashlib.blake2b(data + pagination, digest_size=9).hexdigest()
    return Rendered(orjson.dumps(envelope), status, digest, answer.cookies if answer else ())


def _data_of(reply: object) -> tuple[bytes, bytes]:
    if isinstance(reply, Page):
        items = [item.model_dump(by_alias=True) for item in reply.items]
        return _dump(items), _dump(reply.pagination.model_dump(by_alias=True))
    if isinstance(reply, Out):
        return _dump(reply.model_dump(by_alias=True)), b""
    message = f"a handler answered with {type(reply).__name__}"
    raise TypeError(message)


def _dump(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def error_body(error: DomainError, request_id: str, language: str) -> bytes:
    """The one body of every error; the socket's acks carry the same fields."""
    return _dump(error_fields(error, request_id, language).model_dump(by_alias=True))


def error_fields(error: DomainError, request_id: str, language: str) -> ErrorBody:
    text = error.text(language)
    return ErrorBody(
        error=text,
        message=text,
        status=int(error.status),
        code=error.code,
        category=error.category(),
        details=[f"{field.path}: {field.message}" for field in error.fields],
        fields=list(error.fields),
        retryable=error.retryable,
        request_id=request_id,
    )


def render_error(error: DomainError, request: web.Request, request_id: str) -> web.Response:
    """Refuse, in the language that the client asks for."""
    language = language_of(request.headers.get("Accept-Language", ""))
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, StepUpRequired):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_user_authentication", max_age={STEP_UP_S}'
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    response = web.Response(
        body=error_body(error, request_id, language),
        status=error.status,
        content_type="application/json",
        headers=headers,
    )
    if isinstance(error, RequestTimeout):
        response.force_close()  # RFC 9110 15.5.9: what is left of the request must not be taken for another
    return response


def language_of(accept: str, otherwise: str = "en") -> str:
    """Pick `en` or `fr` from an Accept-Language field (RFC 9110 12.5.4); `otherwise` when neither is asked for."""
    best, language = 0.0, otherwise
    for part in accept[:1000].split(","):
        match = _LANGUAGE.fullmatch(part)
        if match is None or match[1].lower() not in {"en", "fr"}:
            continue
        weight = float(match[2]) if match[2] else 1.0
        if weight > best:
            best, language = weight, match[1].lower()
    return language
