"""The interpreter of COMMANDS: admits connections and runs what they say, whatever library carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final, TypeAlias, TypeVar

import orjson
import structlog
from pydantic import JsonValue, ValidationError
from pymongo.errors import PyMongoError

from realtime.caps import of_user
from realtime.commands import COMMANDS, Command, LiveDoor, Said, join_on_connect
from realtime.connection import Connection, Connections, Outlet
from realtime.handshake import Handshake, claims_of
from realtime.refusal import refusal_fields
from schemas.envelope import FieldError
from schemas.realtime import ConnectIn
from schemas.streams import Namespace, user_stream
from schemas.types import In
from services.accounts.api_keys import PREFIX as API_KEY
from services.accounts.errors import SessionOutdated
from services.accounts.tokens import Claims
from services.errors import (
    AnotherUser,
    DomainError,
    Forbidden,
    InternalError,
    InvalidInput,
    NotAuthenticated,
    Unavailable,
    UnknownCommand,
)

log = structlog.get_logger(__name__)

AT_ONCE: Final = 48
"""Commands and CONNECTs that run at a time: in a storm the others wait here, and not for a connection to MongoDB,
of which there are 100 and which are refused after a second."""

Ack: TypeAlias = dict[str, JsonValue]
Result = TypeVar("Result")


class Interpreter:
    """One for all namespaces and connections of a process."""

    def __init__(self, door: LiveDoor, connections: Connections, commands: Sequence[Command] = COMMANDS) -> None:
        self._door = door
        self._connections = connections
        self._commands = {command.name: command for command in commands}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def admit(
        self, bound: Connection | None, outlet: Outlet, namespace: Namespace, auth: JsonValue, handshake: Handshake
    ) -> Connection:
        """Authenticate a CONNECT and join the user's own stream; raises the refusal.

        The first CONNECT binds the connection to one session; a later one must be of the same.
        """
        try:
            given = _validated(ConnectIn, auth)
        except InvalidInput:
            raise NotAuthenticated from None
        resume = given.resume if isinstance(given, ConnectIn) else {}
        token = given.token if isinstance(given, ConnectIn) else ""
        claims = await self._guarded(self._claims(bound, token, handshake), "connect", "")
        connection = bound or await self._bind(claims, outlet, handshake.language)
        connection.namespaces |= {namespace}
        said = Said(self._door, connection, namespace, None, connection.rights_changed)
        own = user_stream(namespace, claims.user_id)
        try:
            await self._guarded(join_on_connect(said, own, resume), "connect", connection.next_request_id())
        except DomainError:
            self.leave(connection, namespace)
            raise
        self._start_afterwards(said)
        return connection

    async def _claims(self, bound: Connection | None, token: str, handshake: Handshake) -> Claims:
        """Whom a CONNECT speaks for: its token, else who is signed in here already, else the page's cookies."""
        if token.startswith(API_KEY):
            claims = await self._door.api_keys.verify(token, handshake.address)
        elif token:
            claims = self._door.tokens.verify(token)
        elif bound is not None:
            claims = bound.claims
        else:
            claims = await claims_of(handshake, self._door.tokens, self._door.keys)
        self._door.revocations.check(claims)
        if claims.grants.only is not None and not claims.actor.may_follow_live:
            raise Forbidden
        if bound and (bound.claims.user_id, bound.claims.session_id) != (claims.user_id, claims.session_id):
            raise AnotherUser
        return claims

    async def _bind(self, claims: Claims, outlet: Outlet, language: str) -> Connection:
        own = of_user(claims.user_id)
        await self._door.caps.take(own)
        try:
            self._door.revocations.check(claims)  # again: Redis may have been asked meanwhile
        except DomainError:
            self._door.caps.give_back(own)
            raise
        connection = Connection(claims, outlet, language)
        self._connections.add(connection)
        return connection

    def leave(self, connection: Connection, namespace: Namespace) -> None:
        """The client left one namespace; with the last one the connection is forgotten."""
        connection.namespaces -= {namespace}
        for stream in [name for name in connection.followers if name.startswith(f"{namespace}/")]:
            self._door.resumer.drop(connection, stream)
        if not connection.namespaces:
            self._connections.remove(connection)
            self._door.caps.give_back(of_user(connection.claims.user_id))

    async def run(self, connection: Connection, namespace: Namespace, name: str, body: JsonValue) -> Ack:
        """Run one command and answer its ack: `{ok, data}` or `{ok, error}`, never an exception."""
        request_id = connection.next_request_id()
        try:
            return await self._guarded(self._run(connection, namespace, name, body), name, request_id)
        except DomainError as error:
            return _refusal(error, request_id, connection.language)

    def refuse(self, connection: Connection, error: DomainError) -> Ack:
        """The ack of a command that is not even looked at."""
        return _refusal(error, connection.next_request_id(), connection.language)

    async def _guarded(self, work: Awaitable[Result], name: str, request_id: str) -> Result:
        """Whatever goes wrong becomes a refusal."""
        try:
            async with self._turns:
                return await work
        except DomainError:
            raise
        except PyMongoError as error:
            log.warning("command_failed", command=name, request_id=request_id, error=type(error).__name__)
            raise Unavailable from error
        except Exception as error:
            log.exception("command_crashed", command=name, request_id=request_id)
            raise InternalError from error

    async def _run(self, connection: Connection, namespace: Namespace, name: str, body: JsonValue) -> Ack:
        command = self._commands.get(name)
        if command is None or namespace not in command.namespaces:
            raise UnknownCommand
        await self._check(connection)
        if command.requires is not None and not connection.claims.actor.could(command.requires):
            raise Forbidden
        said = Said(self._door, connection, namespace, _validated(command.body, body), connection.rights_changed)
        reply = await command.run(said)
        self._start_afterwards(said)
        return {"ok": True, "data": reply.model_dump(mode="json", by_alias=True)}

    async def _check(self, connection: Connection) -> None:
        """Refuse whose session has ended; one whose rights have only changed goes on with those that hold now."""
        try:
            self._door.revocations.check(connection.claims)
        except SessionOutdated:
            await self._door.renew(connection)
            self._door.revocations.check(connection.claims)

    def _start_afterwards(self, said: Said) -> None:
        """Deliver once the ack, or the CONNECT packet, stands in the queue: a new task runs after this one."""
        if said.afterwards is not None:
            task = asyncio.ensure_future(said.afterwards())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End every replay that is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _refusal(error: DomainError, request_id: str, language: str) -> Ack:
    return {"ok": False, "error": refusal_fields(error, request_id, language)}


def _validated(model: type[In], body: JsonValue) -> In:
    try:
        return model.model_validate_json(orjson.dumps({} if body is None else body), strict=True)
    except ValidationError as error:
        fields = [
            FieldError(path=".".join(map(str, detail["loc"])), code=detail["type"], message=detail["msg"])
            for detail in error.errors(include_url=False)
        ]
        raise InvalidInput(fields=fields) from None
    except (orjson.JSONEncodeError, ValueError):
        raise InvalidInput from None
