"""People who use a school over its real doors: REST with aiohttp, live with python-socketio's client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
import socketio

WITHIN_S = 10.0
PASSWORD = "correct horse battery"

_number = count(1)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        assert self.body["success"], self.body
        return self.body["data"]

    @property
    def code(self) -> str:
        return self.body["code"]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a client got it."""

    name: str
    payload: Any


class Live:
    """One namespace of one connection: everything that arrived, in order."""

    def __init__(self, client: socketio.AsyncClient, namespace: str) -> None:
        self.client = client
        self.namespace = f"/{namespace}"
        self.told: list[Told] = []
        self.ended = asyncio.Event()
        self._arrived = asyncio.Condition()
        client.on("*", self._hear, namespace=self.namespace)
        client.on("disconnect", self._end, namespace=self.namespace)

    async def _hear(self, name: str, payload: Any = None) -> None:
        async with self._arrived:
            self.told.append(Told(name, payload))
            self._arrived.notify_all()

    async def _end(self, *_: Any) -> None:
        self.ended.set()

    async def say(self, name: str, **body: Any) -> Any:
        return await self.client.call(name, body, namespace=self.namespace, timeout=WITHIN_S)

    async def watch(self, course_id: str, **more: Any) -> Any:
        ack = await self.say("course.watch", courseId=course_id, **more)
        assert ack["ok"], ack
        return ack["data"]["streams"]

    async def until(self, enough: Callable[[list[Told]], bool], within_s: float = WITHIN_S) -> list[Told]:
        async with asyncio.timeout(within_s), self._arrived:
            await self._arrived.wait_for(lambda: enough(self.told))
        return self.told

    async def event(self, name: str, within_s: float = WITHIN_S, **fields: Any) -> Any:
        """The first event of that name whose payload has these fields."""

        def matching(told: list[Told]) -> list[Any]:
            return [
                one.payload
                for one in told
                if one.name == name and all(one.payload.get(key) == value for key, value in fields.items())
            ]

        return matching(await self.until(lambda told: bool(matching(told)), within_s))[0]

    def named(self, name: str) -> list[Any]:
        return [one.payload for one in self.told if one.name == name]

    def numbers(self, stream: str) -> list[int]:
        return [one.payload["_seq"] for one in self.told if (one.payload or {}).get("_stream") == stream]

    async def close(self) -> None:
        await self.client.disconnect()


class Person:
    """Someone with a session, talking to one instance unless told otherwise."""

    def __init__(self, http: aiohttp.ClientSession, url: str, session: Mapping[str, Any]) -> None:
        self.http = http
        self.url = url
        self.id: str = session["user"]["id"]
        self.token: str = session["accessToken"]
        self.refresh_token: str = session["refreshToken"]

    @property
    def session_id(self) -> str:
        """What the token says, unverified."""
        body = self.token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sid"]

    def at(self, url: str, http: aiohttp.ClientSession | None = None) -> Person:
        """The same session at another instance."""
        session = {"user": {"id": self.id}, "accessToken": self.token, "refreshToken": self.refresh_token}
        return Person(http or self.http, url, session)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await call(self.http, method, self.url + path, body, sent)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return await self.call("POST", path, body, **headers)

    async def put(self, path: str, body: Any = None, **headers: str) -> Reply:
        return await self.call("PUT", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self.call("DELETE", path, **headers)

    @asynccontextmanager
    async def live(
        self, namespace: str = "announcements", resume: Mapping[str, Any] | None = None, token: str | None = None
    ) -> AsyncIterator[Live]:
        client = socketio.AsyncClient(reconnection=False)
        live = Live(client, namespace)
        auth = {"token": token or self.token, **({"resume": resume} if resume else {})}
        await client.connect(self.url, auth=auth, namespaces=[live.namespace], transports=["websocket"], wait_timeout=5)
        try:
            yield live
        finally:
            await client.disconnect()


class Feed:
    """A reader of server-sent events, byte by byte as the specification reads them."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.told: list[Told] = []
        self.last_id: str | None = None

    async def read(self, enough: Callable[[list[Told]], bool], within_s: float = WITHIN_S) -> list[Told]:
        """Read on until enough was told, or the stream ends."""
        async with asyncio.timeout(within_s):
            fields: dict[str, str] = {}
            while not enough(self.told) and (line := (await self.response.content.readline()).decode()):
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                if "data" in fields:
                    self.last_id = fields.get("id", self.last_id)
                    self.told.append(Told(fields.get("event", "message"), json.loads(fields["data"])))
                fields = {}
        return self.told

    async def event(self, name: str, within_s: float = WITHIN_S, **expected: Any) -> Any:
        """The first event of that name whose payload has these fields."""

        def found() -> list[Any]:
            return [one.payload for one in self.told if one.name == name and expected.items() <= one.payload.items()]

        await self.read(lambda _: bool(found()), within_s)
        return found()[0]

    def named(self, name: str) -> list[Any]:
        return [one.payload for one in self.told if one.name == name]


@asynccontextmanager
async def feed(person: Person, path: str, **headers: str) -> AsyncIterator[Feed]:
    """Open a stream of events under /api/v1/events."""
    sent = {"Authorization": f"Bearer {person.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    sent = {name: value for name, value in sent.items() if value}
    async with person.http.get(f"{person.url}/api/v1/events{path}", headers=sent) as response:
        assert response.status == 200, await response.text()
        yield Feed(response)


async def call(http: aiohttp.ClientSession, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Reply:
    sends = {"json": body} if body is not None else {}
    async with http.request(method, url, headers=headers, **sends) as response:
        if response.content_type == "text/event-stream":
            return Reply(response.status, None, response.headers)
        is_json = "json" in response.content_type
        return Reply(response.status, await response.json() if is_json else await response.read(), response.headers)


def _somewhere(number: int) -> dict[str, str]:
    """An address of their own, in the network for tests of networks: few people may register from one."""
    return {"X-Forwarded-For": f"198.18.{number // 250 % 250}.{number % 250 + 1}"}


async def sign_up(http: aiohttp.ClientSession, url: str, role: str = "student", **fields: Any) -> Person:
    number = next(_number)
    draft = {
        "email": f"person{number}@school.example",
        "password": PASSWORD,
        "firstName": "Pat",
        "lastName": f"Number{number}",
        "role": role,
        **fields,
    }
    reply = await call(http, "POST", f"{url}/api/v1/auth/signup", draft, _somewhere(number))
    assert reply.status == 201, reply.body
    return Person(http, url, reply.data)


async def sign_in(http: aiohttp.ClientSession, url: str, email: str, password: str) -> Person:
    reply = await call(http, "POST", f"{url}/api/v1/auth/signin", {"email": email, "password": password}, {})
    assert reply.status == 200, reply.body
    return Person(http, url, reply.data)
