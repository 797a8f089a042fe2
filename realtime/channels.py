"""Which streams' channels this process hears, and who waits for Redis to confirm that it does."""

from __future__ import annotations

import asyncio
from typing import Final

from realtime.redis_line import Line, commands

CONFIRM_WITHIN_S: Final = 1.0
PAGE: Final = 1000


class _Batch:
    """All that was asked for in one loop turn. They share one future: a storm opens 10,000 streams."""

    __slots__ = ("confirmed", "left")

    def __init__(self) -> None:
        self.left = 0
        self.confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def release(self) -> None:
        if not self.confirmed.done():
            self.confirmed.set_result(None)


class Channels:
    """For each stream one entry in a dict, and nothing more once it is confirmed."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._line: Line | None = None
        self._streams: dict[bytes, str] = {}
        self._unconfirmed: dict[bytes, _Batch] = {}
        self._joining: dict[bytes, None] = {}
        self._leaving: dict[bytes, None] = {}
        self._batch: _Batch | None = None
        self._writes_soon = False

    def channel_of(self, stream: str) -> bytes:
        return self._prefix + stream.encode()

    def stream_of(self, channel: bytes) -> str | None:
        """The stream whose channel it is, if it is still followed here."""
        return self._streams.get(channel)

    def opened(self, line: Line) -> None:
        """Ask a new connection for every channel."""
        self._line = line
        line.write(commands(b"SUBSCRIBE", self._streams, PAGE))

    def lost(self) -> None:
        """Nothing is confirmed any more, and nobody waits for it."""
        self._line = self._batch = None
        for batch in set(self._unconfirmed.values()):
            batch.release()
        for waiting in (self._unconfirmed, self._joining, self._leaving):
            waiting.clear()

    async def join(self, stream: str) -> None:
        """Return when Redis has confirmed, after 1 s at the latest, and at once when it is away."""
        channel = self.channel_of(stream)
        if channel not in self._streams:
            self._streams[channel] = stream
            if self._line is not None:
                self._leaving.pop(channel, None)
                self._joining[channel] = None
                self._unconfirmed[channel] = self._current_batch()
                self._write_soon()
        if (batch := self._unconfirmed.get(channel)) is not None:
            await asyncio.shield(batch.confirmed)

    def leave(self, stream: str) -> None:
        channel = self.channel_of(stream)
        if self._streams.pop(channel, None) is None or self._line is None:
            return
        self.confirm(channel)
        if channel in self._joining:
            del self._joining[channel]
        else:
            self._leaving[channel] = None
            self._write_soon()

    def confirm(self, channel: bytes) -> None:
        """Redis has said so; the last channel of a batch lets all who wait for it go on."""
        batch = self._unconfirmed.pop(channel, None)
        if batch is not None:
            batch.left -= 1
            if batch.left == 0:
                batch.release()

    def _current_batch(self) -> _Batch:
        if self._batch is None:
            self._batch = _Batch()
            asyncio.get_running_loop().call_later(CONFIRM_WITHIN_S, self._batch.release)
        self._batch.left += 1
        return self._batch

    def _write_soon(self) -> None:
        if not self._writes_soon:
            self._writes_soon = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        """Everything that was asked for in this loop turn."""
        self._writes_soon = False
        self._batch = None
        if self._line is not None:
            self._line.write(commands(b"UNSUBSCRIBE", self._leaving, PAGE))
            self._line.write(commands(b"SUBSCRIBE", self._joining, PAGE))
        self._joining.clear()
        self._leaving.clear()
