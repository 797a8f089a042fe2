"""Asking every process how many connections follow what. Only an operator who looks causes any of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final
from uuid import uuid4

import orjson
import structlog

from realtime.bus import asked_channel
from realtime.hub import Hub
from realtime.redis_calls import AWAY, WITHIN_S, open_client
from services.ports import Followed

KEPT_MS: Final = 5000

log = structlog.get_logger(__name__)


class Survey:
    """A question is published to all processes; each puts its answer into a list that the asker waits at."""

    def __init__(self, url: str | None, prefix: str, hub: Hub) -> None:
        self._prefix = f"{prefix}rt:"
        self._channel = asked_channel(prefix)
        self._hub = hub
        self._answering: set[asyncio.Task[None]] = set()
        self._redis = open_client(url) if url else None

    async def close(self) -> None:
        for task in tuple(self._answering):
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        if self._redis is not None:
            await self._redis.aclose()

    async def of(self, stream: str) -> Followed:
        """How many connections follow one stream."""
        return await self._ask(stream, 1)

    async def busiest(self, limit: int) -> Followed:
        """The streams of courses with the most followers.

        Each process names `limit` of its own, so one that is followed a little everywhere may be counted short.
        """
        found = await self._ask(None, limit)
        most = dict(Counter(found.streams).most_common(limit))
        return Followed(most, found.asked, found.answered)

    def asked(self, question: bytes) -> None:
        """Answer a question that came by Redis; one that cannot be read is not ours."""
        try:
            to, stream, limit = orjson.loads(question)
            answer = self._here(stream, limit)
        except (ValueError, TypeError):
            log.warning("question_unreadable")
            return
        task = asyncio.create_task(self._answer(f"{self._prefix}answers:{to}", answer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _here(self, stream: str | None, limit: int) -> dict[str, int]:
        return self._hub.busiest(limit) if stream is None else {stream: len(tuple(self._hub.following(stream)))}

    async def _answer(self, key: str, answer: dict[str, int]) -> None:
        if self._redis is None:
            return
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.rpush(key, orjson.dumps(answer))
        pipeline.pexpire(key, KEPT_MS)
        try:
            async with asyncio.timeout(WITHIN_S):
                await pipeline.execute()
        except AWAY as error:
            log.warning("question_unanswered", error=type(error).__name__)

    async def _ask(self, stream: str | None, limit: int) -> Followed:
        """Wait for as many answers as processes have heard the question; without Redis there is this one."""
        counted: Counter[str] = Counter()
        asked = answered = 0
        key = uuid4().hex
        if self._redis is not None:
            try:
                async with asyncio.timeout(WITHIN_S):
                    asked = int(await self._redis.publish(self._channel, orjson.dumps([key, stream, limit])))
                    while answered < asked:
                        _, answer = await self._redis.blpop([f"{self._prefix}answers:{key}"], timeout=0) or ("", "{}")
                        counted.update(orjson.loads(answer))
                        answered += 1
            except AWAY as error:
                log.warning("questions_unanswered", asked=asked, answered=answered, error=type(error).__name__)
        if asked == 0:
            return Followed(self._here(stream, limit), 1, 1)
        return Followed(counted, asked, answered)
