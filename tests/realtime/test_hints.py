"""The queue in front of Redis: order, a bound, and nobody left waiting for what was dropped."""

import asyncio

from realtime.hints import MAX_BATCH_BYTES, MAX_QUEUED_BYTES, HintQueue, Outgoing

LARGE = MAX_BATCH_BYTES // 2


def message(name: str, *, fleeting: bool = False, size: int = 1) -> Outgoing:
    return Outgoing(name.encode().ljust(size), fleeting=fleeting)


def names(messages: list[Outgoing]) -> list[str]:
    return [one.data.decode().strip() for one in messages]


async def everything(queue: HintQueue) -> list[str]:
    taken: list[str] = []
    while len(queue):
        taken += names(await queue.take())
    return taken


async def test_order_and_batches():
    """The oldest first, and no more at once than the line takes within its time-out."""
    queue = HintQueue([].append)
    for n in range(5):
        queue.put(message(str(n), size=LARGE))

    assert names(await queue.take()) == ["0", "1"]
    assert await everything(queue) == ["2", "3", "4"]


async def test_what_was_not_sent_goes_first():
    """In its old order; what was fleeting is not put back."""
    queue = HintQueue([].append)
    for n in range(3):
        queue.put(message(str(n), fleeting=n == 1))
    taken = await queue.take()
    queue.put(message("3"))
    queue.put_back(taken)

    assert sorted(names(taken)) == ["0", "1", "2"]
    assert await everything(queue) == ["0", "2", "3"]


async def test_over_the_bound_what_is_fleeting_goes_first():
    """Then the oldest; every drop is counted."""
    dropped = []
    queue = HintQueue(dropped.append)
    fitting = MAX_QUEUED_BYTES // LARGE
    queue.put(message("typing", fleeting=True, size=LARGE))
    for n in range(fitting):
        queue.put(message(str(n), size=LARGE))
    assert sum(dropped) == 1

    queue.put(message("last", size=LARGE))
    assert sum(dropped) == 2
    assert await everything(queue) == [*map(str, range(1, fitting)), "last"]


async def test_putting_back_keeps_the_bound():
    """An outage under load drops the oldest, and the queue is no larger than before."""
    dropped = []
    queue = HintQueue(dropped.append)
    queue.put(message("old", size=LARGE))
    taken = await queue.take()
    for n in range(MAX_QUEUED_BYTES // LARGE):
        queue.put(message(str(n), size=LARGE))
    queue.put_back(taken)

    assert sum(dropped) == 1
    assert "old" not in await everything(queue)


async def test_nobody_waits_for_what_was_dropped():
    """Whoever waits for a message to be sent is let go when it is thrown away."""
    queue = HintQueue([].append)
    sent = asyncio.get_running_loop().create_future()
    queue.put(Outgoing(b"touched", sent=sent))
    queue.put(message("large", size=MAX_QUEUED_BYTES))

    assert sent.done()
    assert await everything(queue) == ["large"]


async def test_neither_kind_starves_the_other():
    """A flood of typing does not hold up events, nor a flood of events the probe."""
    for flood in (True, False):
        queue = HintQueue([].append)
        for _ in range(8):
            queue.put(message("flood", fleeting=flood, size=LARGE))
        queue.put(message("other", fleeting=not flood))

        assert "other" in names(await queue.take())
