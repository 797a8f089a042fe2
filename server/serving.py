"""Opening the doors of a web process, and closing them so that nobody loses anything.

The order of an end, within 30 s: not ready, while still listening; no new connection, and none lost that was begun;
live clients sent elsewhere, over a while; calls under way finished, and every answer says that its connection ends.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import web

from handlers.call import Route
from handlers.parse import PACE, Pace
from realtime.commands import COMMANDS, Command
from realtime.drain import drain
from server.app import Core, make_app
from server.guard import Guard, Patience
from server.listening import BACKLOG, address_of, close_listener, listening_socket
from server.process import Lifecycle
from server.routes import ROUTES

DRAINED_WITHIN_S: Final = 30.0
LIVE_GONE_WITHIN_S: Final = 23.0
CUT_S: Final = 2.0
CALLS_DONE_WITHIN_S: Final = DRAINED_WITHIN_S - 2 * CUT_S - 1
"""All since the signal. At the end aiohttp waits `CUT_S` twice: for what is left, and for what it has cancelled."""

IDLE_CALLERS_S: Final = 2.0
"""How long idle connections may still send a call, to be told with its answer to go elsewhere."""

LOOK_S: Final = 0.02


@asynccontextmanager
async def serving(
    core: Core,
    lifecycle: Lifecycle,
    *,
    patience: Patience | None = None,
    pace: Pace = PACE,
    commands: Sequence[Command] = COMMANDS,
    routes: Sequence[Route] = ROUTES,
) -> AsyncIterator[str]:
    """Listen; yields the address. At the end the process drains."""
    sock = listening_socket(core.settings)
    with sock:
        runner = web.AppRunner(
            make_app(core, lifecycle, pace, commands, routes), access_log=None, shutdown_timeout=CUT_S
        )
        await runner.setup()
        try:
            server = runner.server
            if server is None:
                raise RuntimeError
            guard = Guard(server, patience or Patience(), core.metrics.refused)
            listener = await asyncio.get_running_loop().create_server(guard, sock=sock, backlog=BACKLOG)
            try:
                yield address_of(sock)
            finally:
                await _drain(core, lifecycle, listener, sock, server)
        finally:
            await runner.cleanup()


async def _drain(
    core: Core, lifecycle: Lifecycle, listener: asyncio.Server, sock: socket.socket, server: web.Server
) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    lifecycle.is_draining = True
    if lifecycle.is_announced:
        await asyncio.sleep(core.settings.notice_s)
    await close_listener(listener, sock, is_shared=core.settings.listen_fd is not None)
    await drain(core.connections, min(core.settings.spread_s, began + LIVE_GONE_WITHIN_S - clock()))
    with suppress(TimeoutError):
        async with asyncio.timeout_at(clock() + min(IDLE_CALLERS_S, core.settings.spread_s)):
            while server.connections:
                await asyncio.sleep(LOOK_S)
    with suppress(TimeoutError):
        async with asyncio.timeout_at(began + CALLS_DONE_WITHIN_S):
            while lifecycle.in_flight:
                await asyncio.sleep(LOOK_S)
