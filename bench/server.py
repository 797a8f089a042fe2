"""The server that is measured: `coursewire serve`, with one more command.

`bench.publish` hands an event to exactly what runs after a commit, so that fan-out is measured without MongoDB.
"""

from __future__ import annotations

import os

from bench.school import announcement, stream_of
from realtime.announce import LiveAnnouncer
from realtime.commands import COMMANDS, Command, Said
from schemas.accounts import DoneOut
from schemas.operations import ProcessKind
from schemas.types import Id, In
from server.app import Core, background, open_core
from server.engines_of import present_engines
from server.logs import configure_logs
from server.process import Lifecycle, StopSignal, freeze_heap, run
from server.serving import serving
from server.settings import Settings
from services.transaction import Committed


class PublishIn(In):
    """An announcement that nobody stores."""

    course_id: Id
    title: str
    content: str


def publishing(core: Core, heads: dict[str, int]) -> Command:
    """The row; `heads` are the streams' last numbers, counted on from here."""
    announcer = LiveAnnouncer(core.hub, core.bus, core.revocations)

    async def publish(said: Said) -> DoneOut:
        body: PublishIn = said.body
        stream = stream_of(body.course_id)
        heads[stream] += 1
        event = announcement(body.course_id, (core.events.epoch, heads[stream]), body.title, body.content)
        announcer.announce([Committed(events=(event,))])
        return DoneOut()

    return Command("bench.publish", publish, PublishIn, DoneOut, None)


async def serve(settings: Settings) -> None:
    """As `coursewire serve` does it."""
    stopping, lifecycle = StopSignal(), Lifecycle()
    urls = await present_engines(settings)
    async with open_core(settings, urls) as core:
        heads = await core.events.heads([stream_of(os.environ["BENCH_COURSE"])])
        commands = (*COMMANDS, publishing(core, heads))
        async with (
            background(core.reports.run(ProcessKind.WEB, lifecycle)),
            serving(core, lifecycle, commands=commands) as address,
        ):
            freeze_heap()
            print(f"listening on {address}", flush=True)
            await stopping.wait()


if __name__ == "__main__":
    settings = Settings()
    configure_logs(settings.log_level)
    run(serve(settings))
