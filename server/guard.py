"""Clients that send a request slowly, or none at all: cut off here where no proxy does it.

aiohttp has no timer for a header that has begun. Bodies have theirs in `handlers/parse.py`, which reads them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web

from handlers.render import error_body
from server.headers import SECURITY
from services.errors import BadRequest, InternalError, RequestTimeout

MAX_HEADER_FIELD = 32 * 1024
"""A cursor of 200 streams in Last-Event-ID takes 4.3 KB; sixteen times the usual is plenty."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client may take. Seconds.

    header: from its first byte to its last; one that begins in the same read as an earlier request has the idle time.
    idle: between requests, and before the first. linger: in which what is left of a refused body is read and thrown
    away, so that the refusal can be read. newcomers: connections of one address that have not sent a whole header yet;
    a proxy sends at once, so a school behind one does not reach it.
    """

    header_s: float = 10.0
    idle_s: float = 75.0
    linger_s: float = 5.0
    newcomers: int = 256


class Guard:
    """Makes the protocol of each connection of one listener, and counts those that have said nothing yet."""

    def __init__(self, server: web.Server, patience: Patience, refused: Callable[[str], None]) -> None:
        self.patience = patience
        self.refused = refused
        self._server = server
        self._newcomers: Counter[str] = Counter()

    def __call__(self) -> GuardedHandler:
        return GuardedHandler(
            self._server,
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,
            keepalive_timeout=self.patience.idle_s,
            lingering_time=self.patience.linger_s,
            max_line_size=MAX_HEADER_FIELD,
            max_field_size=MAX_HEADER_FIELD,
        )

    def admits(self, address: str) -> bool:
        """Count a newcomer, unless its address has too many."""
        if self._newcomers[address] >= self.patience.newcomers:
            self.refused("idle_connections")
            return False
        self._newcomers[address] += 1
        return True

    def settled(self, address: str) -> None:
        """A newcomer has sent a request, or is gone."""
        self._newcomers[address] -= 1
        if not self._newcomers[address]:
            del self._newcomers[address]


class GuardedHandler(web.RequestHandler):
    """aiohttp's protocol with a timer for headers. It is armed only when a read ends inside one, which is rare."""

    __slots__ = ("_guard", "_header_timer", "_newcomer_of")

    def __init__(self, manager: web.Server, guard: Guard, **options: Any) -> None:
        super().__init__(manager, **options)
        self._guard = guard
        self._newcomer_of: str | None = None
        self._header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self._guard.admits(address):
            self._newcomer_of = address
        else:
            self.force_close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._payload_parser is not None:  # a WebSocket: nothing below concerns it, and it is most of the traffic
            return
        if self._newcomer_of is not None and self._request_count:
            self._settle()
        if not self._waits:
            self._disarm()
        elif self._header_timer is None:
            self._header_timer = self._loop.call_later(self._guard.patience.header_s, self._header_late)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._disarm()
        self._settle()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the library's signature
    ) -> web.StreamResponse:
        """What is no HTTP, and what breaks outside the application. The library's own words quote what was sent."""
        if request.writer.output_size:
            raise ConnectionAbortedError
        is_theirs = status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_theirs:
            self._guard.refused("malformed_http")
        else:
            log.error("request_crashed", exc_info=exc)
        error, request_id = BadRequest() if is_theirs else InternalError(), uuid4().hex
        headers = {**SECURITY, "Server": "coursewire", "X-Request-ID": request_id}
        response = web.Response(
            body=error_body(error, request_id, "en"),
            status=error.status,
            content_type="application/json",
            headers=headers,
        )
        response.force_close()
        return response

    @property
    def _waits(self) -> bool:
        """Whether no request is complete, none is answered, and the next has not come."""
        return self._waiter is not None and not self._waiter.done()

    def _header_late(self) -> None:
        self._header_timer = None
        if self._waits and self.transport is not None:
            self._guard.refused("slow_header")
            self.transport.write(_LATE)
            self.force_close()

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _settle(self) -> None:
        if self._newcomer_of is not None:
            self._guard.settled(self._newcomer_of)
            self._newcomer_of = None


def _late() -> bytes:
    """The answer to a header that did not end: no request exists yet that could be rendered for."""
    body, status = error_body(RequestTimeout(), "", "en"), HTTPStatus.REQUEST_TIMEOUT
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **SECURITY,
    }
    lines = [f"HTTP/1.1 {status} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


_LATE = _late()
