"""Where streams stand, asked for one by one and answered together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

PAGE: Final = 1000


class HeadSource(Protocol):
    """Who knows: the log."""

    async def heads(self, streams: Iterable[str]) -> dict[str, int]: ...


class HeadReader:
    """Collects all questions of one loop turn, and those that come while a query runs, into the next query.

    A storm of 10,000 newly opened streams takes a dozen queries instead of 10,000. A question is never
    answered by a query that began before it was asked: who has just subscribed to a stream relies on that.
    """

    def __init__(self, source: HeadSource) -> None:
        self._source = source
        self._one_at_a_time = asyncio.Lock()
        self._gathering: tuple[set[str], asyncio.Task[dict[str, int]]] | None = None

    async def head(self, stream: str) -> int:
        """The number of the stream's last event, 0 without any; raises what the query raised."""
        if self._gathering is None:
            names: set[str] = set()
            self._gathering = names, asyncio.create_task(self._answer(names))
        names, answer = self._gathering
        names.add(stream)
        return (await asyncio.shield(answer))[stream]

    async def _answer(self, names: set[str]) -> dict[str, int]:
        async with self._one_at_a_time:
            self._gathering = None
            asked, heads = sorted(names), {}
            for start in range(0, len(asked), PAGE):
                heads.update(await self._source.heads(asked[start : start + PAGE]))
            return heads
