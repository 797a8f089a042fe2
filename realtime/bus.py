"""Redis between the instances: hints about events, changed objects, revocations.

Nothing here is trusted to arrive. One task publishes on one connection, so that hints keep their order; one
task listens; one asks itself twice a second whether what is sent also comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import uuid4

import orjson
import structlog

from realtime.channels import Channels
from realtime.hints import HintQueue, Outgoing, number_of, pack, unpack
from realtime.meter import RealtimeMeter
from realtime.redis_calls import AWAY
from realtime.redis_line import Line, Reply, command, open_line
from services.event_log import WireEvent

PROBE_EVERY_S: Final = 0.5
PROBE_LOST_AFTER_S: Final = 1.5
"""An outage is noticed within the sum of these two, however silent; with the sweep's second, an event is 3 s late."""


TOUCHED_WITHIN_S: Final = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.5
CHANNELS: Final = "rt:"
STEADY_AFTER_S: Final = 1.0
"""A connection that held so long was a good one: its loss is logged, and mended without a pause."""

CANCEL_AGAIN_S: Final = 0.2

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class BusHandlers:
    """What hears the bus.

    `recovered` is called when hints may have been lost and now arrive again, `asked` with a question to all processes.
    What `is_known` by stream and number is not even unpacked: above all, what this process published itself.
    """

    event: Callable[[WireEvent], None]
    revoked: Callable[[], None]
    recovered: Callable[[], None]
    asked: Callable[[bytes], None]
    is_known: Callable[[str, int], bool] = lambda *_: False


def revoked_channel(prefix: str) -> bytes:
    """The channel that every process hears as long as it runs."""
    return f"{prefix}{CHANNELS}revoked".encode()


def asked_channel(prefix: str) -> bytes:
    """The channel of questions that every process answers for itself."""
    return f"{prefix}{CHANNELS}asked".encode()


class Bus:
    """Without a URL there is one instance only, and the bus is quiet but not down."""

    def __init__(self, url: str | None, prefix: str, meter: RealtimeMeter) -> None:
        start = f"{prefix}{CHANNELS}".encode()
        self._url = url
        self._meter = meter
        self._queue = HintQueue(lambda count: meter.hints_dropped(count=count))
        self._channels = Channels(start + b"s:")
        self._touched_channel, self._revoked_channel = start + b"touched", revoked_channel(prefix)
        self._asked_channel = asked_channel(prefix)
        self._jobs_channel = start + b"jobs"
        self._probe_channel = start + b"probe:" + uuid4().hex.encode()
        self._wake: Callable[[Collection[str]], None] | None = None
        self._line: Line | None = None
        self._heard_at = self._probed_at = 0.0
        self._was_up = False

    @property
    def is_configured(self) -> bool:
        return self._url is not None

    @property
    def is_up(self) -> bool:
        """Whether what this process published a moment ago has come back to it."""
        return self._was_up and asyncio.get_running_loop().time() - self._heard_at < PROBE_LOST_AFTER_S

    async def run(self, handlers: BusHandlers) -> None:
        """Publish, listen and probe until cancelled."""
        if self._url is None:
            return
        sides = [
            asyncio.create_task(self._keep(self._url, self._publish)),
            asyncio.create_task(self._keep(self._url, partial(self._listen, handlers))),
            asyncio.create_task(self._probe()),
        ]
        try:
            await asyncio.gather(*sides)
        finally:
            while not all(side.done() for side in sides):
                for side in sides:
                    side.cancel()  # again, because a connection that is just made may swallow the first
                await asyncio.wait(sides, timeout=CANCEL_AGAIN_S)

    def publish(self, event: WireEvent) -> None:
        """Hint at a committed event, or tell one without a number; lost without harm when Redis is away."""
        if self._url is not None:
            channel = self._channels.channel_of(event.stream)
            self._queue.put(Outgoing(command(b"PUBLISH", channel, pack(event)), fleeting=event.seq == 0))

    def publish_revoked(self) -> None:
        if self._url is not None:
            self._queue.put(Outgoing(command(b"PUBLISH", self._revoked_channel, b"1")))

    def publish_jobs(self, kinds: Collection[str]) -> None:
        """Wake the workers that know jobs of these kinds, here at once; whoever misses it looks within a second."""
        if self._wake is not None:
            self._wake(kinds)
        if self._url is not None:
            self._queue.put(
                Outgoing(command(b"PUBLISH", self._jobs_channel, orjson.dumps(sorted(kinds))), fleeting=True)
            )

    def hear_jobs(self, wake: Callable[[Collection[str]], None]) -> None:
        """From here on this process is a worker, which is told the kinds of jobs that can begin."""
        self._wake = wake
        if self._line is not None:
            self._line.write(command(b"SUBSCRIBE", self._jobs_channel))

    async def touched(self, keys: Collection[str]) -> None:
        """Name what changed to every instance; returns when Redis has it, after 50 ms at the latest."""
        if self._url is None:
            return
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        named = command(b"PUBLISH", self._touched_channel, orjson.dumps(sorted(keys)))
        self._queue.put(Outgoing(named, sent=sent))
        if self.is_up:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TOUCHED_WITHIN_S):
                    await sent

    async def subscribe(self, stream: str) -> None:
        """Hear a stream's hints; returns when Redis has confirmed, or at once when it is away."""
        await self._channels.join(stream)

    def unsubscribe(self, stream: str) -> None:
        self._channels.leave(stream)

    async def _keep(self, url: str, work: Callable[[Line], Awaitable[None]]) -> None:
        """Run one side of the bus, and begin anew whenever the connection is lost."""
        clock = asyncio.get_running_loop().time
        pause, steady_at = FIRST_PAUSE_S, math.inf
        while True:
            try:
                async with open_line(url) as line:
                    steady_at = clock() + STEADY_AFTER_S
                    await work(line)
            except AWAY as error:
                if clock() > steady_at:
                    pause, steady_at = FIRST_PAUSE_S, math.inf
                if pause == FIRST_PAUSE_S:
                    log.warning("bus_lost", error=type(error).__name__, text=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _publish(self, line: Line) -> None:
        """Send what waits in one write: the order holds, and one round trip serves many."""
        self._queue.drop_fleeting()
        self._send_probe()
        while True:
            taken = await self._queue.take()
            try:
                line.write(b"".join([message.data for message in taken]))
                answered = 0
                while answered < len(taken):
                    answered += len(await line.read())
            except AWAY:
                self._queue.put_back(taken)
                raise
            for message in taken:
                message.settle()

    async def _listen(self, handlers: BusHandlers, line: Line) -> None:
        """The probe's channel is asked for last: when its echo comes, every other one is heard, too."""
        try:
            self._line, self._heard_at = line, asyncio.get_running_loop().time()
            self._channels.opened(line)
            jobs = () if self._wake is None else (self._jobs_channel,)
            line.write(command(b"SUBSCRIBE", self._revoked_channel, self._asked_channel, *jobs, self._probe_channel))
            while True:
                for reply in await line.read(None):
                    self._hear(handlers, reply)
        finally:
            self._line = None
            self._channels.lost()
            self._lost()

    def _hear(self, handlers: BusHandlers, reply: Reply) -> None:
        match reply:
            case [b"message", bytes(channel), bytes(data)]:
                stream = self._channels.stream_of(channel)
                if stream is not None:
                    self._hear_hint(handlers, stream, data)
                elif channel == self._probe_channel:
                    self._echoed(handlers, data)
                elif channel == self._revoked_channel:
                    handlers.revoked()
                elif channel == self._asked_channel:
                    handlers.asked(data)
                elif channel == self._jobs_channel:
                    self._hear_jobs(data)
            case [b"subscribe", bytes(channel), _]:
                self._channels.confirm(channel)
                if channel == self._probe_channel:
                    self._send_probe()

    def _hear_jobs(self, data: bytes) -> None:
        try:
            kinds = frozenset(map(str, orjson.loads(data)))
        except (ValueError, TypeError):
            log.warning("hint_unreadable", stream="jobs")
            return
        if self._wake is not None:
            self._wake(kinds)

    def _hear_hint(self, handlers: BusHandlers, stream: str, data: bytes) -> None:
        try:
            if handlers.is_known(stream, number_of(data)):
                return
            event = unpack(stream, data)
        except (ValueError, TypeError, OverflowError):
            log.warning("hint_unreadable", stream=stream)
            return
        handlers.event(event)

    def _send_probe(self) -> None:
        """From the side that connects last, too, so that the bus is up at once."""
        self._probed_at = asyncio.get_running_loop().time()
        self._queue.put(Outgoing(command(b"PUBLISH", self._probe_channel, b"%r" % self._probed_at), fleeting=True))

    def _echoed(self, handlers: BusHandlers, sent_at: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._meter.bus_lag(seconds=self._heard_at - float(sent_at))
        if not self._was_up:
            self._was_up = True
            self._meter.bus_is_up(up=True)
            log.info("bus_up")
            handlers.recovered()

    async def _probe(self) -> None:
        """Send to ourselves; a listener that hears nothing is deaf, however healthy it looks.

        When the process itself stood still, echoes may lie unread: then nothing is judged.
        """
        clock = asyncio.get_running_loop().time
        while True:
            due_at = clock() + PROBE_EVERY_S
            await asyncio.sleep(PROBE_EVERY_S)
            if clock() - due_at < PROBE_EVERY_S / 2:
                self._judge(clock())
            self._send_probe()

    def _judge(self, at: float) -> None:
        if self._heard_at < self._probed_at:
            self._meter.probe_failed()
        if at - self._heard_at > PROBE_LOST_AFTER_S:
            self._lost()
            if self._line is not None:
                self._line.abort()

    def _lost(self) -> None:
        if self._was_up:
            self._was_up = False
            self._meter.bus_is_up(up=False)
            log.warning("bus_down")
