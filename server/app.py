"""The building: what is started, in which order, and the application that stands on it.

`open_core` is what every process has: read it from top to bottom; it is taken down in the reverse order.
`make_app` puts the doors on, and `serving` opens them.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from aiohttp import web

from handlers.call import House
from handlers.credentials import Admission, CookiePolicy
from handlers.endpoint import Doors
from handlers.pages import add_pages
from realtime.announce import LiveAnnouncer
from realtime.bus import Bus, BusHandlers
from realtime.commands import LiveDoor
from realtime.connection import Connections
from realtime.enforce import Enforcer
from realtime.gateway import Gateway
from realtime.hub import Hub
from realtime.namespace import Interpreter
from realtime.resume import Resumer
from realtime.revocations import Revocations
from realtime.sse import SseFeed
from realtime.sweep import Sweeper
from server.clients import Database, open_database
from server.documents import add_assets, render_documents
from server.engines import EngineUrls
from server.health import Health
from server.keys import Keys, load_keys
from server.metrics import Metrics
from server.middlewares import outermost
from server.migrations import check_schema, migrate
from server.routes import DEVELOPMENT_ROUTES, ROUTES, add_routes, check_routes
from server.settings import Settings
from services.accounts.desk import Desk
from services.accounts.passwords import Passwords
from services.accounts.tokens import Tokens
from services.committer import Committer
from services.event_log import EventLog, read_epoch

ISSUER = "coursewire"
MAX_HEADER_FIELD = 32 * 1024
FINISH_WITHIN_S = 10.0
CONNECTIONS_PER_USER = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Core:
    """What web processes, workers and the seed have in common."""

    settings: Settings
    database: Database
    keys: Keys
    metrics: Metrics
    events: EventLog
    bus: Bus
    hub: Hub
    connections: Connections
    revocations: Revocations
    committer: Committer
    desk: Desk


CANCEL_AGAIN_S = 2.0


@asynccontextmanager
async def background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run a coroutine beside the block; without it the process is of no use, so its failure ends the process."""
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()  # again, because a query that is just being answered may swallow the first
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
        with suppress(asyncio.CancelledError):
            await task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("background_died", exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def open_core(settings: Settings, urls: EngineUrls) -> AsyncIterator[Core]:
    """Start everything below the doors."""
    async with AsyncExitStack() as stack:
        keys, metrics = load_keys(settings), Metrics()
        database = await stack.enter_async_context(open_database(urls.mongodb_url, settings.mongodb_database))
        await (check_schema() if settings.is_production else migrate(database))
        events = EventLog(await read_epoch())
        connections, bus = Connections(metrics), Bus(urls.redis_url, settings.redis_prefix, metrics)
        hub = Hub(events, bus, metrics)
        revocations = Revocations(Enforcer(connections, hub, keys.ring).apply)
        sweeper = Sweeper(hub)
        heard = BusHandlers(event=hub.offer, revoked=revocations.hint, recovered=sweeper.recovered)
        await revocations.load()
        committer = Committer(database.client, events.epoch, LiveAnnouncer(hub, bus, revocations), metrics)
        for work in (bus.run(heard), sweeper.run(bus), revocations.run(), committer.run()):
            await stack.enter_async_context(background(work))
        stack.push_async_callback(committer.drain)
        passwords = Passwords()
        stack.callback(passwords.close)
        desk = Desk(Tokens(keys.signing, ISSUER), passwords, settings.open_roles)
        yield Core(settings, database, keys, metrics, events, bus, hub, connections, revocations, committer, desk)


def make_app(core: Core) -> web.Application:
    """Put the doors on: REST, and Socket.IO."""
    tokens, revocations = core.desk.tokens, core.revocations
    cookies = cookie_policy(core.settings)
    health = Health(core.settings, core.database, core.bus, revocations)
    resumer = Resumer(core.hub)
    at_most = round(CONNECTIONS_PER_USER * core.settings.scale)
    feed = SseFeed(resumer, core.connections, core.keys.ring, core.events.epoch, at_most)
    doors = Doors(
        house=House(core.desk, health, core.metrics.text, feed, render_documents()),
        admission=Admission(tokens, revocations, cookies),
        cookies=cookies,
        keys=core.keys.ring,
        committer=core.committer,
        events=core.events,
        hints=core.bus,
    )
    routes = ROUTES if core.settings.is_production else (*ROUTES, *DEVELOPMENT_ROUTES)
    check_routes(routes)
    app = web.Application(middlewares=[outermost(core.metrics)])
    add_routes(app, routes, doors)
    add_assets(app)
    add_pages(app)
    live = LiveDoor(core.keys.ring, tokens, revocations, resumer)
    gateway = Gateway(Interpreter(live, core.connections), core.metrics)
    gateway.attach(app)

    async def close_sockets(_: web.Application) -> None:
        health.is_draining = True
        for connection in core.connections.all():
            connection.close()
        await gateway.close()

    app.on_shutdown.append(close_sockets)
    return app


def cookie_policy(settings: Settings) -> CookiePolicy:
    """`__Host-` cookies over https; in development plain names that carry the port."""
    if settings.is_production:
        return CookiePolicy("__Host-at", "__Host-rt", secure=True)
    return CookiePolicy(f"at-{settings.port}", f"rt-{settings.port}", secure=False)


@asynccontextmanager
async def serving(core: Core) -> AsyncIterator[str]:
    """Listen; yields the address. At the end no new call is taken, and those under way are finished."""
    runner = web.AppRunner(
        make_app(core),
        access_log=None,
        max_line_size=MAX_HEADER_FIELD,
        max_field_size=MAX_HEADER_FIELD,
        shutdown_timeout=FINISH_WITHIN_S,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, core.settings.host, core.settings.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        await runner.cleanup()
