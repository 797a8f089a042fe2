"""The building: what is started, in which order, and the application that stands on it.

`open_core` is what every process has: read it from top to bottom; it is taken down in the reverse order.
`make_app` puts the doors on, and `server/serving.py` opens them.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web

from handlers.call import House, Route
from handlers.credentials import Admission, CookiePolicy, Origins
from handlers.endpoint import Doors
from handlers.pages import add_pages
from handlers.parse import PACE, Pace
from realtime.announce import LiveAnnouncer
from realtime.attendance import AttendanceBook
from realtime.bus import Bus, BusHandlers
from realtime.caps import Caps
from realtime.commands import COMMANDS, Command, LiveDoor
from realtime.connection import Connections
from realtime.enforce import Enforcer
from realtime.ephemeral import Ephemeral, Throttle
from realtime.gateway import Gateway
from realtime.handshake import Doorkeeper
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.namespace import Interpreter
from realtime.presence import Presence
from realtime.resume import Resumer
from realtime.revocations import Revocations
from realtime.sse import SseFeed
from realtime.survey import Survey
from realtime.sweep import Sweeper
from realtime.wheel import Wheel
from server.activity import Activity
from server.api_keys import ApiKeys
from server.clients import Database, open_database
from server.cors import open_to
from server.documents import add_assets, render_documents
from server.engines import EngineUrls
from server.guesses import Guesses
from server.headers import add_headers
from server.health import Health
from server.job_table import job_table
from server.key_watch import KeyWatch
from server.keys import Keys, load_keys
from server.limiter import Limiter
from server.metrics import Metrics, SharedFolder
from server.middlewares import outermost
from server.migrations import check_schema, migrate
from server.outgoing import HttpOutgoing, Perimeter
from server.process import Lifecycle
from server.reports import Reports
from server.routes import DEVELOPMENT_ROUTES, ROUTES, add_routes, check_routes
from server.settings import Settings
from services.accounts.crowding import SessionLimits
from services.accounts.desk import Desk
from services.accounts.oidc import Providers
from services.accounts.passwords import Passwords
from services.accounts.tokens import Tokens
from services.committer import Committer
from services.event_log import EventLog, read_epoch
from services.ports import Outgoing
from workers.push import IS_AVAILABLE

ISSUER = "coursewire"
CANCEL_AGAIN_S = 0.5
TYPING_EVERY_S = 3.0

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
    caps: Caps
    wheel: Wheel
    ephemeral: Ephemeral
    presence: Presence
    survey: Survey
    revocations: Revocations
    enforcer: Enforcer
    committer: Committer
    desk: Desk
    outgoing: Outgoing
    api_keys: ApiKeys
    key_watch: KeyWatch
    limiter: Limiter
    reports: Reports


@asynccontextmanager
async def background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run a coroutine beside the block; without it the process is of no use, so its failure ends the process."""
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()  # again, because a driver that is in the middle of a read may swallow the first
            await asyncio.wait([task], timeout=CANCEL_AGAIN_S)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("background_died", exc_info=error)
        os.kill(os.getpid(), signal.SIGINT)


@asynccontextmanager
async def open_core(settings: Settings, urls: EngineUrls) -> AsyncIterator[Core]:
    """Start everything below the doors."""
    async with AsyncExitStack() as stack:
        keys, metrics = load_keys(settings), Metrics(shared_folder(settings))
        database = await stack.enter_async_context(open_database(urls.mongodb_url, settings.mongodb_database))
        await (check_schema() if settings.is_production else migrate(database))
        events = EventLog(await read_epoch())
        connections, bus = Connections(metrics), Bus(urls.redis_url, settings.redis_prefix, metrics)
        caps = Caps(urls.redis_url, settings.redis_prefix, Limits.scaled(settings.scale))
        hub, wheel = Hub(events, bus, metrics), Wheel()
        ephemeral = Ephemeral(hub, bus)
        book = AttendanceBook(urls.redis_url, settings.redis_prefix, settings.presence_grace_s)
        stack.push_async_callback(book.close)
        presence = Presence(hub, book, ephemeral, settings.presence_grace_s)
        hub.changed = presence.changed
        survey = Survey(urls.redis_url, settings.redis_prefix, hub)
        stack.push_async_callback(survey.close)
        enforcer = Enforcer(connections, hub, keys.ring, presence.forget)
        revocations = Revocations(enforcer.apply)
        sweeper = Sweeper(hub)
        heard = BusHandlers(ephemeral.hear, revocations.hint, sweeper.recovered, survey.asked, hub.knows)
        await revocations.load()
        committer = Committer(database.client, events.epoch, LiveAnnouncer(hub, bus, revocations), metrics)
        live = bus.run(heard), sweeper.run(bus), revocations.run(), enforcer.run(), presence.run()
        for work in (*live, committer.run(), wheel.run()):
            await stack.enter_async_context(background(work))
        stack.push_async_callback(committer.drain)
        passwords = Passwords(refuses_common=settings.is_production, memory_kib=settings.argon2_memory_kib)
        stack.callback(passwords.close)
        outgoing = await stack.enter_async_context(HttpOutgoing(Perimeter(settings.outgoing_networks)))
        desk = _desk(settings, keys, passwords, outgoing)
        key_watch = KeyWatch(settings, keys, desk.tokens, connections.close_all)
        await stack.enter_async_context(background(key_watch.run()))
        limiter = Limiter(urls.redis_url, settings.redis_prefix, settings.scale)
        stack.push_async_callback(limiter.close)
        reports = Reports(settings, urls.redis_url, bus, metrics)
        yield Core(
            settings=settings,
            database=database,
            keys=keys,
            metrics=metrics,
            events=events,
            bus=bus,
            hub=hub,
            connections=connections,
            caps=caps,
            wheel=wheel,
            ephemeral=ephemeral,
            presence=presence,
            survey=survey,
            revocations=revocations,
            enforcer=enforcer,
            committer=committer,
            desk=desk,
            outgoing=outgoing,
            api_keys=ApiKeys(revocations),
            key_watch=key_watch,
            limiter=limiter,
            reports=reports,
        )


def _desk(settings: Settings, keys: Keys, passwords: Passwords, outgoing: Outgoing) -> Desk:
    return Desk(
        tokens=Tokens(keys.signing, ISSUER),
        passwords=passwords,
        guesses=Guesses(keys.ring.guesses),
        session_limits=SessionLimits.scaled(settings.scale),
        providers=Providers(outgoing, settings.providers),
        open_roles=settings.open_roles,
        public_url=settings.public_url,
    )


def make_app(
    core: Core,
    lifecycle: Lifecycle,
    pace: Pace = PACE,
    commands: Sequence[Command] = COMMANDS,
    routes: Sequence[Route] = ROUTES,
) -> web.Application:
    """Put the doors on: REST, and Socket.IO."""
    tokens, revocations, settings = core.desk.tokens, core.revocations, core.settings
    cookies = cookie_policy(settings)
    health = Health(settings, core.database, core.bus, revocations, lifecycle)
    resumer, activity = Resumer(core.hub), Activity()
    feed = SseFeed(resumer, core.connections, core.wheel, core.keys.ring, caps=core.caps, revocations=revocations)
    doors = Doors(
        house=House(
            desk=core.desk,
            health=health,
            metrics=core.metrics.text,
            feed=feed,
            presence=core.presence,
            reports=core.reports,
            followers=core.survey,
            documents=render_documents(),
            jobs=job_table(settings),
            push_key=core.keys.vapid.public if core.keys.vapid and IS_AVAILABLE else None,
        ),
        admission=Admission(
            tokens,
            core.api_keys,
            revocations,
            cookies,
            proxies=settings.proxies,
            origins=Origins(settings.public_url, settings.origins),
        ),
        cookies=cookies,
        keys=core.keys.ring,
        committer=core.committer,
        events=core.events,
        hints=core.bus,
        activity=activity,
        limits=core.limiter,
        pace=pace,
    )
    app = web.Application(middlewares=[outermost(core.metrics, lifecycle)])
    _add_doors(app, settings, doors, routes if settings.is_production else (*routes, *DEVELOPMENT_ROUTES))
    live = _live_door(core, resumer)
    doorkeeper = Doorkeeper(settings.origins, settings.proxies, cookies, settings.public_url)
    gateway = Gateway(Interpreter(live, core.connections, commands), doorkeeper, core.caps, core.wheel, core.metrics)
    gateway.attach(app)

    async def close_sockets(_: web.Application) -> None:
        core.connections.close_all()
        await gateway.close()

    app.on_shutdown.append(close_sockets)
    app.cleanup_ctx.append(lambda _: background(core.caps.run()))
    app.cleanup_ctx.append(lambda _: background(activity.run()))
    return app


def _live_door(core: Core, resumer: Resumer) -> LiveDoor:
    return LiveDoor(
        keys=core.keys.ring,
        tokens=core.desk.tokens,
        api_keys=core.api_keys,
        revocations=core.revocations,
        resumer=resumer,
        meter=core.metrics,
        caps=core.caps,
        presence=core.presence,
        ephemeral=core.ephemeral,
        typing=Throttle(TYPING_EVERY_S),
        renew=core.enforcer.renew,
    )


def _add_doors(app: web.Application, settings: Settings, doors: Doors, routes: Sequence[Route]) -> None:
    check_routes(routes)
    add_routes(app, routes, doors)
    if settings.origins:
        open_to(app, settings.origins)
    add_headers(app, over_https=doors.cookies.secure, by_origin=bool(settings.origins))
    add_assets(app)
    add_pages(app)


def shared_folder(settings: Settings) -> SharedFolder | None:
    """Where this process counts together with its siblings; None where it is alone."""
    place = settings.process_place
    return SharedFolder(place.parent, place.name) if place is not None else None


def cookie_policy(settings: Settings) -> CookiePolicy:
    """`__Host-` cookies over https; in development plain names that carry the port."""
    if settings.is_production:
        return CookiePolicy("__Host-at", "__Host-rt", "__Host-device", secure=True)
    port = settings.port
    return CookiePolicy(f"at-{port}", f"rt-{port}", f"device-{port}", secure=False, visit_name=f"oidc-{port}")
