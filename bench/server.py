"""The server that is measured: `coursewire serve`, and one message more that it understands.

`bench.publish` hands an event to exactly what runs after a commit, so that fan-out is measured without MongoDB.
"""

from __future__ import annotations

import os

import orjson

from bench.school import announcement, stream_of
from realtime.announce import LiveAnnouncer
from realtime.transport.engine import Engine
from schemas.operations import ProcessKind
from server.app import Core, background, open_core
from server.engines_of import present_engines
from server.logs import configure_logs
from server.process import Lifecycle, StopSignal, freeze_heap, run
from server.serving import serving
from server.settings import Settings
from services.transaction import Committed

PUBLISH = '2/announcements,["bench.publish",'


def listen_for_events(core: Core, heads: dict[str, int]) -> None:
    """Take published events off before the commands; `heads` are the streams' last numbers, counted on from here.

    The peers' handlers neither validate nor authorise what they pass on, and here nobody publishes on a socket but
    for a measurement.
    """
    announcer, receive = LiveAnnouncer(core.hub, core.bus, core.revocations), Engine.receive

    async def take(engine: Engine, sid: str, text: str) -> None:
        if not text.startswith(PUBLISH):
            await receive(engine, sid, text)
            return
        said = orjson.loads(text[len(PUBLISH) : -1])
        stream = stream_of(said["courseId"])
        heads[stream] += 1
        event = announcement(said["courseId"], (core.events.epoch, heads[stream]), said["title"], said["content"])
        announcer.announce([Committed(events=(event,))])

    Engine.receive = take  # type: ignore[method-assign, assignment]


async def serve(settings: Settings) -> None:
    """As `coursewire serve` does it."""
    stopping, lifecycle = StopSignal(), Lifecycle()
    urls = await present_engines(settings)
    async with open_core(settings, urls) as core:
        heads = await core.events.heads([stream_of(os.environ["BENCH_COURSE"])])
        listen_for_events(core, heads)
        async with (
            background(core.reports.run(ProcessKind.WEB, lifecycle)),
            serving(core, lifecycle) as address,
        ):
            freeze_heap()
            print(f"listening on {address}", flush=True)
            await stopping.wait()


if __name__ == "__main__":
    settings = Settings()
    configure_logs(settings.log_level)
    run(serve(settings))
