"""Doors in the test's own process, on the database of `core`: for other settings, other rows, and what must be seen."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from handlers.call import Route
from realtime.commands import COMMANDS, Command
from server.app import Core
from server.limiter import Limiter
from server.process import Lifecycle
from server.routes import ROUTES
from server.serving import serving
from server.settings import AppEnv
from tests.harness.people import Person, Reply, call, sign_up

OWN = "https://school.example"
FRIEND = "https://app.example"
PATIENT_S = 10.0
"""A slow machine shall not make the limiter count alone where a test counts along."""

AS_IN_PRODUCTION = {
    "app_env": AppEnv.PRODUCTION,
    "public_url": OWN,
    "allowed_origins": FRIEND,
    "drain_notice_s": 0.0,
    "drain_spread_s": 0.0,
}


@dataclass(slots=True)
class Doors:
    url: str
    http: aiohttp.ClientSession

    async def person(self, role: str = "student") -> Person:
        return await sign_up(self.http, self.url, role)

    async def cookies(self) -> str:
        """Those of a browser in which somebody has just signed up."""
        draft = {"email": f"{os.urandom(6).hex()}@school.example", "password": "correct horse battery"}
        names = {"firstName": "C", "lastName": "K"}
        browser = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": f"198.19.{os.urandom(1)[0]}.{os.urandom(1)[0]}"}
        reply = await self.say("POST", "/api/v1/auth/signup", {**draft, **names}, **browser)
        return "; ".join(value.partition(";")[0] for value in reply.headers.getall("Set-Cookie"))

    async def say(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await call(self.http, method, self.url + path, body, sent)


@asynccontextmanager
async def open_doors(
    core: Core,
    *,
    scale: float = 1000,
    routes: Sequence[Route] = ROUTES,
    commands: Sequence[Command] = COMMANDS,
    **settings: object,
) -> AsyncIterator[Doors]:
    """Open them with limits that nobody else has used."""
    told = core.settings.model_copy(update={**AS_IN_PRODUCTION, **settings})
    limiter = Limiter(
        str(told.redis_url.get_secret_value()), f"{told.redis_prefix}{os.urandom(4).hex()}:", scale, within_s=PATIENT_S
    )
    try:
        own = replace(core, settings=told, limiter=limiter)
        async with (
            serving(own, Lifecycle(), routes=routes, commands=commands) as url,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            yield Doors(url, http)
    finally:
        await limiter.close()
