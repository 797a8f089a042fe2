"""Where streams stand: asked one by one, answered together, and never from before the question."""

import asyncio
from collections.abc import Iterable

import pytest

from realtime.heads import PAGE, HeadReader


class Log:
    """Stands for the log: answers when it is let, with its own count of queries."""

    def __init__(self) -> None:
        self.queries: list[list[str]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None

    async def heads(self, streams: Iterable[str]) -> dict[str, int]:
        self.queries.append(list(streams))
        number = len(self.queries)
        await self.go.wait()
        if self.error:
            raise self.error
        return dict.fromkeys(self.queries[number - 1], number)


async def test_one_turn_is_one_query():
    """However many ask, and the same stream more than once."""
    log = Log()
    reader = HeadReader(log)

    assert await asyncio.gather(*(reader.head(f"s{n % 50}") for n in range(100))) == [1] * 100
    assert [len(names) for names in log.queries] == [50]


async def test_a_storm_is_read_in_pages():
    """10,000 streams are ten queries."""
    log = Log()
    reader = HeadReader(log)

    await asyncio.gather(*(reader.head(f"s{n}") for n in range(10 * PAGE)))
    assert [len(names) for names in log.queries] == [PAGE] * 10


async def test_no_answer_from_before_the_question():
    """Whoever asks while a query runs waits for the next one, together with all others who do."""
    log = Log()
    reader = HeadReader(log)
    log.go.clear()
    first = asyncio.create_task(reader.head("s"))
    while not log.queries:
        await asyncio.sleep(0)
    later = [asyncio.create_task(reader.head(name)) for name in ("s", "t", "s")]
    await asyncio.sleep(0)
    log.go.set()

    assert (await first, await asyncio.gather(*later)) == (1, [2, 2, 2])
    assert log.queries == [["s"], ["s", "t"]]


async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_else():
    """The next question is asked anew."""
    log = Log()
    reader, log.error = HeadReader(log), OSError("away")
    answers = await asyncio.gather(reader.head("s"), reader.head("t"), return_exceptions=True)
    assert answers == [log.error, log.error]

    log.error = None
    assert await reader.head("s") == 2


async def test_who_gives_up_takes_nobody_along():
    """A client that goes away while it opens a stream leaves the others' question standing."""
    log = Log()
    reader = HeadReader(log)
    log.go.clear()
    impatient, patient = (asyncio.create_task(reader.head(name)) for name in ("s", "t"))
    while not log.queries:
        await asyncio.sleep(0)
    impatient.cancel()
    log.go.set()

    assert await patient == 1
    with pytest.raises(asyncio.CancelledError):
        await impatient
