"""The interpreter of ROUTES rows whose reply is a stream of events."""

from __future__ import annotations

from aiohttp import web
from pymongo.errors import PyMongoError

from handlers.call import Call, Live
from handlers.endpoint import Endpoint
from schemas.types import now
from services.accounts import sessions
from services.accounts.tokens import Claims
from services.errors import DomainError, RateLimited, Unavailable
from services.scopes import GUEST, Scope
from services.unit import Unit

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",
}


class ResponseWriter:
    """An open response, as a live feed sees it."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response

    async def write(self, data: bytes) -> None:
        await self._response.write(data)

    def abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


class StreamEndpoint(Endpoint):
    """Refuses with a status whom it does not know; every other refusal is told inside the stream."""

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        claims = await self._recognise(request)
        refused: RateLimited | None = None
        try:
            await self._count(request, claims)
        except RateLimited as error:
            refused = error
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        writer = ResponseWriter(request, response)
        caller = self._doors.admission.caller(request, claims)
        try:
            if refused is not None:
                raise refused
            await self._serve(request, claims, writer)
        except DomainError as error:
            await writer.write(self._doors.house.feed.refuse(error, caller.language))
        except PyMongoError:
            await writer.write(self._doors.house.feed.refuse(Unavailable(), caller.language))
        except ConnectionError:
            return response
        return response

    async def _recognise(self, request: web.Request) -> Claims | None:
        """By token or access cookie; else by the refresh cookie, which is looked up and not exchanged."""
        admission = self._doors.admission
        claims = await admission.claims(self._route, request)
        if claims is None:
            scope = Scope(GUEST, Unit(now()), self._doors.keys)
            claims = await sessions.peek(scope, admission.caller(request, None).refresh_cookie)
        self._check_in(request, claims)
        return claims

    async def _serve(self, request: web.Request, claims: Claims | None, writer: ResponseWriter) -> None:
        prepared = await self._prepare(request, claims)
        scope = Scope(prepared.actor, Unit(now()), self._doors.keys)
        reply = await self._route.handler(Call(scope, prepared.input, prepared.caller, self._doors.house))
        if not isinstance(reply, Live):
            message = f"{self._route.path} is declared as a stream and does not answer with one"
            raise TypeError(message)
        await reply.serve(writer)
