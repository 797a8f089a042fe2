"""The interpreter of ROUTES: the one way of every request, in the order that `docs/architecture.md` draws."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web
from pydantic import JsonValue
from pymongo.asynchronous.client_session import AsyncClientSession

from handlers.call import Answer, Bare, Call, Caller, Gate, House, Late, Live, Redirect, Reply, Route
from handlers.conditions import check_if_match, etag, is_unchanged
from handlers.credentials import Admission, CookiePolicy
from handlers.parse import PACE, Pace, parse_body, parse_query, path_id, read_body
from handlers.render import Rendered, render
from handlers.strict_json import canonical
from models.unit import IdempotencyRecord
from schemas.envelope import FieldError, Position
from schemas.page import Page
from schemas.streams import Audience, parse_stream
from schemas.types import In, Out, UserRole, now
from services.access import enter
from services.accounts.tokens import Claims
from services.call_limits import Standing
from services.committer import AlreadyAnsweredError, Committer, StaleUnitError
from services.crypto import Keyring
from services.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    NotAuthenticated,
    RateLimited,
    StepUpRequired,
)
from services.event_log import EventLog
from services.permissions import SCHOOL_WIDE, Permission
from services.ports import ActivityBook, CallLimits, ChangeHints
from services.scopes import GUEST, STEP_UP_S, Actor, Scope, UserScope
from services.unit import Author, Unit

REQUEST_ID = web.RequestKey("request_id", str)
USER_ID = web.RequestKey("user_id", str)
STANDING = web.RequestKey("standing", Standing)
ATTEMPTS = 5
"""How often a call is run again when what it read has changed before it could commit."""

IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request after every check that needs no object: who, what input, and which earlier answer counts."""

    route: Route
    request: web.Request
    actor: Actor
    input: In | None
    caller: Caller
    retry: RetryKey | None


@dataclass(frozen=True, slots=True)
class RetryKey:
    """A request that may come again: the id of its record, and the digest of what it says."""

    record_id: str
    fingerprint: str
    key: str


@dataclass(frozen=True, slots=True)
class Doors:
    """What the interpreter works with."""

    house: House
    admission: Admission
    cookies: CookiePolicy
    keys: Keyring
    committer: Committer
    events: EventLog
    hints: ChangeHints
    activity: ActivityBook
    limits: CallLimits
    pace: Pace = PACE


Snapshot: TypeAlias = Mapping[str, Position] | None


class Endpoint:
    """Serves one row of ROUTES."""

    def __init__(self, route: Route, doors: Doors) -> None:
        self._route = route
        self._doors = doors

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        claims = await self._admit(request)
        await self._count(request, claims)
        prepared = await self._prepare(request, claims)
        if prepared.retry and (stored := await self._stored(prepared.retry)):
            return self._replay(prepared.retry, stored)
        for _ in range(ATTEMPTS):
            try:
                return await self._run(prepared)
            except StaleUnitError:
                continue
            except AlreadyAnsweredError as answered:
                if prepared.retry is None:
                    raise
                return self._replay(prepared.retry, answered.record)
        raise Conflict

    async def _admit(self, request: web.Request) -> Claims | None:
        """Who calls, if the role can be let in at all."""
        claims = await self._doors.admission.claims(self._route, request)
        self._check_in(request, claims)
        return claims

    def _check_in(self, request: web.Request, claims: Claims | None) -> None:
        if claims is not None:
            request[USER_ID] = claims.user_id
        actor = claims.actor if claims else GUEST
        check_role(self._route, actor)
        if self._route.step_up and actor.is_api_key:
            raise Forbidden
        if self._route.step_up and actor.proved_at < time.time() - STEP_UP_S:
            raise StepUpRequired

    async def _count(self, request: web.Request, claims: Claims | None) -> None:
        """Count the call, or refuse it. Whoever is not let in at all was refused before, which costs less."""
        route = self._route
        if route.at_root:
            return
        standing = await self._doors.limits.take(
            route.limit,
            user_id=claims.user_id if claims else None,
            address=self._doors.admission.address(request),
            cost=route.cost,
        )
        if standing is None:
            return
        request[STANDING] = standing
        if standing.refused:
            raise RateLimited(retry_after_s=standing.more_in_s)

    async def _prepare(self, request: web.Request, claims: Claims | None) -> Prepared:
        route, doors = self._route, self._doors
        actor = claims.actor if claims else GUEST
        raw = await read_body(route, request, doors.pace)
        given = parse_query(route.query, request)
        if route.body is not None:
            given = parse_body(route.body, raw)
        retry = self._retry_key(request, actor, raw)
        caller = doors.admission.caller(request, claims)
        if actor.session_id is not None:
            doors.activity.saw(actor.session_id, caller.device.ip_prefix)
        return Prepared(route, request, actor, given, caller, retry)

    async def _run(self, prepared: Prepared) -> web.StreamResponse:
        """Run the whole call once: enter, decide, render, commit. Nothing is written before the commit."""
        request_id = prepared.request[REQUEST_ID]
        unit = Unit(at=now(), author=self._author(prepared, request_id))
        scope = Scope(prepared.actor, unit, self._doors.keys)
        try:
            scope, snapshot, reply = await self._decide(prepared, scope)
        except DomainError as error:
            if prepared.retry and (stored := await self._stored(prepared.retry)):
                return self._replay(prepared.retry, stored)
            if error.recorded:
                unit.result = error.code
                await self._doors.committer.commit(unit)
            raise
        if isinstance(reply, Live):
            message = f"{prepared.route.path} answers with a stream and is not declared as one"
            raise TypeError(message)
        if isinstance(reply, Bare):
            if not unit.is_empty:
                await self._doors.committer.commit(unit)
            return bare_response(prepared.request, reply)
        if isinstance(reply, Redirect):
            await self._doors.committer.commit(unit)
            return self._redirect(reply)
        if isinstance(reply, Late):
            answers = self._answer_inside(prepared, unit, reply)
        else:
            answers = [self._answer(prepared, unit, reply, snapshot)]
        committed = await self._doors.committer.commit(unit)
        rendered = answers[-1]
        if committed.touched:
            await self._doors.hints.touched(committed.touched)
        return self._respond(prepared, rendered, scope)

    def _answer(
        self, prepared: Prepared, unit: Unit, reply: Out | Page[Out] | Answer, snapshot: Snapshot = None
    ) -> Rendered:
        """Render the reply, and have it kept for a retry."""
        rendered = render(reply, prepared.route.status, unit.author.request_id, snapshot)
        if prepared.retry:
            unit.answer = self._record(prepared.retry, rendered, unit)
        return rendered

    def _answer_inside(self, prepared: Prepared, unit: Unit, late: Late) -> list[Rendered]:
        """Have the reply rendered behind the unit's inside work; the last of those returned is the one that counts.

        Until then an empty answer stands for it, so that a copy of the request is known as one.
        """
        work, answers = unit.inside_work, list[Rendered]()
        if work is None:
            message = f"{prepared.route.path} answers late and has nothing to wait for"
            raise TypeError(message)
        if prepared.retry:
            unit.answer = self._record(prepared.retry, Rendered(b"", prepared.route.status, "", ()), unit)

        async def whole(session: AsyncClientSession) -> Unit | None:
            more = await work(session)
            answers.append(self._answer(prepared, unit, late.data()))
            return more

        unit.inside(whole)
        return answers

    async def _decide(self, prepared: Prepared, scope: Scope) -> tuple[Scope, Snapshot, Reply]:
        route = prepared.route
        positions = await self._positions(prepared)
        if route.about and isinstance(route.requires, Permission):
            scope = await enter(scope, route.about_name, self._object_id(prepared), route.requires)
        if route.is_write:
            check_if_match(prepared.request, scope.subject)
        reply = await route.handler(Call(scope, prepared.input, prepared.caller, self._doors.house))
        if route.audits:
            _audit_read(route.audits, scope, prepared)
        if isinstance(route.requires, Permission) and route.requires not in scope.required:
            message = f"{route.method} {route.path}: its service never required {route.requires}"
            raise PermissionError(message)
        return scope, _shown(positions, scope), reply

    def _object_id(self, prepared: Prepared) -> str | None:
        """What the call is about; None for the whole school."""
        if prepared.route.about_source == "caller":
            return str(prepared.actor.object_id)
        if prepared.route.about_source == "path":
            return path_id(prepared.request, prepared.route.about_name)
        named = getattr(prepared.input, prepared.route.about_name)
        return None if named is None and prepared.route.or_school else str(named)

    async def _positions(self, prepared: Prepared) -> Mapping[str, Position]:
        """Where the row's streams stand. Read before the course is: following from there misses nothing."""
        if not prepared.route.as_of or prepared.actor.user_id is None:
            return {}
        address: dict[str, str | tuple[str, ...]] = {"user_id": prepared.actor.user_id}
        audiences = prepared.route.as_of
        if prepared.route.about:
            if (object_id := self._object_id(prepared)) is None:
                audiences = (Audience.SCHOOL,)
            else:
                address[prepared.route.about_name] = object_id
        streams = {stream for audience in audiences for stream in audience.streams(address)}
        return await self._doors.events.positions(sorted(streams))

    def _author(self, prepared: Prepared, request_id: str) -> Author:
        return Author(
            user_id=prepared.actor.user_id,
            session_id=prepared.actor.session_id,
            ip_prefix=prepared.caller.device.ip_prefix,
            request_id=request_id,
            mutation=prepared.retry.key if prepared.retry else None,
        )

    def _respond(self, prepared: Prepared, rendered: Rendered, scope: Scope) -> web.StreamResponse:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if prepared.request.method in {"GET", "HEAD", "PUT", "PATCH"}:
            headers["ETag"] = etag(scope.subject, rendered.digest)
            if prepared.actor.user_id is None:
                headers["Cache-Control"] = "private, no-cache"  # what anybody may read
            if not prepared.route.is_write and is_unchanged(prepared.request, headers["ETag"]):
                return web.Response(status=304, headers=headers)
        response = web.Response(body=rendered.body, status=rendered.status, headers=headers)
        for cookie in rendered.cookies:
            self._doors.cookies.set(response, cookie)
        return response

    def _redirect(self, reply: Redirect) -> web.Response:
        headers = {"Location": reply.location, "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8"}
        response = web.Response(status=HTTPStatus.FOUND, headers=headers)
        for cookie in reply.cookies:
            self._doors.cookies.set(response, cookie)
        return response

    def _retry_key(self, request: web.Request, actor: Actor, raw: bytes) -> RetryKey | None:
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or request.method != "POST" or not self._route.stored or actor.user_id is None:
            return None
        if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
            message = "Use 1 to 255 visible ASCII characters."
            raise InvalidInput(fields=[FieldError(path=IDEMPOTENCY_KEY, code="idempotency_key", message=message)])
        record_id = self._doors.keys.idempotency.of(actor.user_id, self._route.method, self._route.path, key)
        said = hashlib.sha256(canonical(raw) + b"\n" + repr(sorted(request.match_info.items())).encode())
        return RetryKey(record_id, said.hexdigest(), key)

    async def _stored(self, retry: RetryKey) -> IdempotencyRecord | None:
        return await IdempotencyRecord.get(retry.record_id)

    def _record(self, retry: RetryKey, rendered: Rendered, unit: Unit) -> IdempotencyRecord:
        sealed = self._doors.keys.fields.seal_bytes(rendered.body, "idempotency_keys", retry.record_id, "answer")
        return IdempotencyRecord(
            id=retry.record_id, fingerprint=retry.fingerprint, status=rendered.status, answer=sealed, at=unit.at
        )

    def _replay(self, retry: RetryKey, record: IdempotencyRecord) -> web.StreamResponse:
        if record.fingerprint != retry.fingerprint:
            raise IdempotencyMismatch
        body = self._doors.keys.fields.open_bytes(record.answer, "idempotency_keys", record.id, "answer")
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Replayed": "true"}
        return web.Response(body=body, status=record.status, headers=headers)


def _audit_read(action: str, scope: Scope, prepared: Prepared) -> None:
    """Note who looked at what of others, and by which filters; looking at oneself is nobody's business.

    What was searched for is not kept: it may be an address.
    """
    about = scope.user.id if isinstance(scope, UserScope) else None
    if about is None or str(about) != prepared.actor.user_id:
        asked: list[JsonValue] = [*sorted(prepared.input.model_fields_set)] if prepared.input else []
        scope.unit.audit(action, f"user:{about}" if about else prepared.route.path, asked=asked)


def bare_response(request: web.Request, reply: Bare) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if "ETag" in headers and is_unchanged(request, headers["ETag"].removeprefix("W/")):
        return web.Response(status=304, headers=headers)
    response = web.Response(body=reply.body, status=reply.status, headers=headers)
    if reply.compressible:
        response.enable_compression()
    return response


def check_role(route: Route, actor: Actor) -> None:
    """Refuse whom no object could let in: 401 for guests, 403 for a role that lacks the permission."""
    match route.requires:
        case Gate.OPEN:
            return
        case Gate.SIGNED_IN:
            allowed = actor.role is not UserRole.GUEST and _is_for_programs(route, actor)
        case permission:
            allowed = _could(route, actor, permission) if route.about else actor.reach(permission) is not None
    if not allowed:
        raise NotAuthenticated if actor.role is UserRole.GUEST else Forbidden


def _could(route: Route, actor: Actor, permission: Permission) -> bool:
    """Whether there can be an object, or the whole school, for which the caller holds the permission."""
    return actor.could(permission) or (route.or_school and actor.could(SCHOOL_WIDE.get(permission, permission)))


def _is_for_programs(route: Route, actor: Actor) -> bool:
    """What needs no permission is no program's, but the live side with its scope."""
    return actor.may_follow_live if route.streams else not actor.is_api_key


def _shown(positions: Mapping[str, Position], scope: Scope) -> Snapshot:
    """The positions of those streams that the caller may read."""
    return {
        name: position
        for name, position in positions.items()
        if (stream := parse_stream(name)) is not None and scope.may_read(stream)
    } or None
