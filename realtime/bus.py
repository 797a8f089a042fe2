"""Redis between the instances: hints about events, changed objects, revocations.

Nothing here is trusted to arrive. One task publishes on one connection, so that hints keep their order; one
task listens; one asks itself every second whether what is sent also comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import orjson
import redis.asyncio as redis
import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from realtime.meter import RealtimeMeter
from services.event_log import WireEvent

MAX_QUEUED_BYTES = 8 * 1024 * 1024
PROBE_EVERY_S = 1.0
PROBE_LOST_AFTER_S = 2.5
COMMAND_TIMEOUT_S = 2.0
CONFIRM_WITHIN_S = 1.0
TOUCHED_WITHIN_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
CANCEL_AGAIN_S = 0.2

TOUCHED, REVOKED, ASKED, PROBE, STREAM = "touched", "revoked", "asked", "probe", "s:"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class BusHandlers:
    """What hears the bus.

    `recovered` is called when hints may have been lost and now arrive again, `asked` with a question to all processes.
    """

    event: Callable[[WireEvent], None]
    revoked: Callable[[], None]
    recovered: Callable[[], None]
    asked: Callable[[bytes], None] = field(default=lambda _: None)


@dataclass(slots=True)
class _Outgoing:
    channel: str
    data: bytes
    sent: asyncio.Future[None] | None = None


@dataclass(slots=True)
class _Subscription:
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)


class Bus:
    """Without a URL there is one instance only, and the bus is quiet but not down."""

    def __init__(self, url: str | None, prefix: str, meter: RealtimeMeter) -> None:
        self._url = url
        self._prefix = f"{prefix}rt:"
        self._meter = meter
        self._queue: deque[_Outgoing] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._channels: dict[str, _Subscription] = {}
        self._leaving: set[str] = set()
        self._pubsub: PubSub | None = None
        self._probe_channel = f"{PROBE}:{uuid4().hex}"
        self._heard_at = -PROBE_LOST_AFTER_S
        self._asked_at: float | None = None
        self._was_up = False
        for name in (REVOKED, ASKED, self._probe_channel):
            self._channels[self._prefix + name] = _Subscription()

    @property
    def is_configured(self) -> bool:
        return self._url is not None

    @property
    def is_up(self) -> bool:
        """Whether what this process published a moment ago has come back to it."""
        return self.is_configured and asyncio.get_running_loop().time() - self._heard_at < PROBE_LOST_AFTER_S

    async def run(self, handlers: BusHandlers) -> None:
        """Publish, listen and probe until cancelled."""
        if self._url is None:
            return
        sides = [
            asyncio.create_task(self._keep(self._publish)),
            asyncio.create_task(self._keep(partial(self._listen, handlers))),
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
        """Hint at a committed event; lost without harm when Redis is away."""
        self._put(_Outgoing(self._prefix + STREAM + event.stream, pack(event)))

    def publish_revoked(self) -> None:
        self._put(_Outgoing(self._prefix + REVOKED, b"1"))

    async def touched(self, keys: Collection[str]) -> None:
        """Name what changed to every instance; returns when Redis has it, after 50 ms at the latest."""
        if not self.is_up:
            return
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(_Outgoing(self._prefix + TOUCHED, orjson.dumps(sorted(keys)), sent))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TOUCHED_WITHIN_S):
                await sent

    async def subscribe(self, stream: str) -> None:
        """Hear a stream's hints; returns when Redis has confirmed, or at once when it is away."""
        channel = self._prefix + STREAM + stream
        subscription = self._channels.setdefault(channel, _Subscription())
        self._leaving.discard(channel)
        if self._pubsub is None:
            return
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._pubsub.subscribe(channel)
            if self.is_up:
                async with asyncio.timeout(CONFIRM_WITHIN_S):
                    await subscription.confirmed.wait()

    def unsubscribe(self, stream: str) -> None:
        """Stop hearing a stream; the listener tells Redis when it next turns."""
        channel = self._prefix + STREAM + stream
        if self._channels.pop(channel, None):
            self._leaving.add(channel)

    def _put(self, message: _Outgoing) -> None:
        if self._url is None:
            return
        self._queue.append(message)
        self._queued_bytes += len(message.data)
        while self._queued_bytes > MAX_QUEUED_BYTES:
            self._queued_bytes -= len(self._queue.popleft().data)
        self._wake.set()

    def _put_back(self, taken: list[_Outgoing]) -> None:
        """What was not sent goes first when Redis is back; those who heard it already drop it."""
        self._queue.extendleft(reversed(taken))
        self._queued_bytes += sum(len(message.data) for message in taken)
        self._wake.set()

    def _take(self) -> list[_Outgoing]:
        taken = list(self._queue)
        self._queue.clear()
        self._queued_bytes = 0
        self._wake.clear()
        return taken

    async def _keep(self, work: Callable[[redis.Redis], Awaitable[None]]) -> None:
        """Run one side of the bus, and begin anew whenever the connection is lost."""
        pause = FIRST_PAUSE_S
        while True:
            client = redis.Redis.from_url(
                self._url or "",
                socket_timeout=COMMAND_TIMEOUT_S,
                socket_connect_timeout=COMMAND_TIMEOUT_S,
                retry=None,
            )
            began = asyncio.get_running_loop().time()
            try:
                await work(client)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("bus_lost", error=type(error).__name__)
            finally:
                await client.aclose()
            lasted = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE_S if lasted > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _publish(self, client: redis.Redis) -> None:
        """Send everything that waits in one pipeline: the order holds, and one round trip serves many."""
        connection = client.client()
        while True:
            await self._wake.wait()
            taken = self._take()
            pipeline = connection.pipeline(transaction=False)
            for message in taken:
                pipeline.publish(message.channel, message.data)
            try:
                await pipeline.execute()
            except (RedisError, OSError, TimeoutError):
                self._put_back(taken)
                raise
            for message in taken:
                if message.sent is not None and not message.sent.done():
                    message.sent.set_result(None)

    async def _listen(self, handlers: BusHandlers, client: redis.Redis) -> None:
        pubsub = client.pubsub()
        try:
            await self._subscribe_all(pubsub)
            handlers.recovered()
            while True:
                message = await pubsub.get_message(timeout=PROBE_EVERY_S)
                if message is not None:
                    self._hear(handlers, message["type"], message["channel"].decode(), message["data"])
                elif not self.is_up and self._was_up:
                    return
                if self._leaving:
                    leaving, self._leaving = self._leaving, set()
                    await pubsub.unsubscribe(*leaving)
        finally:
            self._pubsub = None
            for subscription in self._channels.values():
                subscription.confirmed.clear()
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _subscribe_all(self, pubsub: PubSub) -> None:
        """Hear every channel, those too that are joined while this waits."""
        heard: set[str] = set()
        while missing := self._channels.keys() - heard:
            await pubsub.subscribe(*missing)
            heard |= missing
        self._pubsub = pubsub

    def _hear(self, handlers: BusHandlers, kind: str, channel: str, data: bytes) -> None:
        if kind == "subscribe":
            if channel in self._channels:
                self._channels[channel].confirmed.set()
            if channel == self._prefix + self._probe_channel:
                self._put(_Outgoing(channel, b"1"))
            return
        if kind != "message":
            return
        name = channel.removeprefix(self._prefix)
        if name == self._probe_channel:
            self._echoed(handlers)
        elif name == REVOKED:
            handlers.revoked()
        elif name == ASKED:
            handlers.asked(data)
        else:
            try:
                event = unpack(name.removeprefix(STREAM), data)
            except (ValueError, TypeError, OverflowError):
                log.warning("hint_unreadable", channel=name)
                return
            handlers.event(event)

    def _echoed(self, handlers: BusHandlers) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if self._asked_at is not None:
            self._meter.bus_lag(self._heard_at - self._asked_at)
            self._asked_at = None
        if not self._was_up:
            self._was_up = True
            self._meter.bus_is_up(up=True)
            log.info("bus_up")
            handlers.recovered()

    async def _probe(self) -> None:
        """Send to ourselves each second; a listener that hears nothing is deaf, however healthy it looks."""
        clock = asyncio.get_running_loop().time
        while True:
            if self._asked_at is None:
                self._asked_at = clock()
            elif clock() - self._asked_at > PROBE_LOST_AFTER_S:
                self._meter.probe_failed()
                self._asked_at = clock()
            self._put(_Outgoing(self._prefix + self._probe_channel, b"1"))
            await asyncio.sleep(PROBE_EVERY_S)
            if self._was_up and not self.is_up:
                self._was_up = False
                self._meter.bus_is_up(up=False)
                log.warning("bus_down")


def pack(event: WireEvent) -> bytes:
    """A hint: one line that says what it is, then the payload, which nobody decodes on the way."""
    head = [event.seq, event.name, event.fact_id, event.actor_id, event.mutation, event.at.timestamp()]
    return orjson.dumps(head) + b"\n" + event.payload.encode()


def unpack(stream: str, data: bytes) -> WireEvent:
    """Read a hint; what another version or another program sent raises, and the log fills the gap."""
    head, _, payload = data.partition(b"\n")
    seq, name, fact_id, actor_id, mutation, at = orjson.loads(head)
    return WireEvent(
        stream=stream,
        seq=int(seq),
        name=name,
        payload=payload.decode(),
        fact_id=fact_id,
        actor_id=actor_id,
        mutation=mutation,
        at=datetime.fromtimestamp(at, UTC),
    )
