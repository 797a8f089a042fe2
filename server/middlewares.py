"""Around every request: its id, its log line, its figures, and the one place where a refusal is rendered."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pymongo.errors import PyMongoError

from handlers.endpoint import REQUEST_ID, USER_ID
from handlers.render import render_error
from server.metrics import Metrics
from server.process import Lifecycle
from services.errors import (
    BadRequest,
    BodyTooLarge,
    DomainError,
    InternalError,
    MethodNotAllowed,
    NotFound,
    OriginNotAllowed,
    Unavailable,
)

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def outermost(metrics: Metrics, lifecycle: Lifecycle) -> Middleware:
    """The middleware; nothing that a handler raises gets past it.

    While the process drains, every answer says that the connection ends with it: a client that sends its next call
    elsewhere loses none, where one whose idle connection is simply closed may be in the middle of sending.
    """

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        request[REQUEST_ID] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, is_call = time.perf_counter(), "Upgrade" not in request.headers
        lifecycle.in_flight += is_call
        try:
            response = await _answer(request, handler, request_id)
            if lifecycle.is_draining and not response.prepared:
                response.force_close()
            _record(metrics, request, response.status, time.perf_counter() - began)
            return response
        finally:
            lifecycle.in_flight -= is_call
            structlog.contextvars.unbind_contextvars("request_id")

    return around


async def _answer(request: web.Request, handler: Handler, request_id: str) -> web.StreamResponse:
    try:
        return await handler(request)
    except DomainError as error:
        return render_error(error, request, request_id)
    except web.HTTPException as error:
        return _translated(error, request, request_id)
    except PyMongoError as error:
        log.warning("database_failed", error=type(error).__name__)
        return render_error(Unavailable(), request, request_id)
    except Exception:
        log.exception("request_crashed", method=request.method)
        if request.writer.output_size:  # in the middle of a stream, where no other answer can follow
            raise ConnectionAbortedError from None
        return render_error(InternalError(), request, request_id)


def _translated(error: web.HTTPException, request: web.Request, request_id: str) -> web.StreamResponse:
    """What aiohttp refuses by itself, in our envelope."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        response = render_error(MethodNotAllowed(), request, request_id)
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return render_error(BodyTooLarge(limit=request.client_max_size), request, request_id)
    if isinstance(error, web.HTTPForbidden):  # a preflight of a page that may not call
        return render_error(OriginNotAllowed(), request, request_id)
    return render_error(NotFound() if error.status == NotFound.status else BadRequest(), request, request_id)


def _record(metrics: Metrics, request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "unknown"
    if (user_id := request.get(USER_ID)) is not None:
        metrics.saw_user(user_id)
    metrics.request(method=request.method, route=route, status=status, seconds=seconds)
    say = log.debug if status == HTTPStatus.SWITCHING_PROTOCOLS else log.info  # sockets are counted, not listed
    say("request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 1))
