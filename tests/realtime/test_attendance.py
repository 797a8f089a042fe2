"""Who is present: one answer over all instances, told to one of them, and gone when nobody says otherwise."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from realtime.attendance import AttendanceBook
from schemas.presence import MAX_LISTED

GRACE_S = 0.6
COURSE = "65f0a1b2c3d4e5f60718293a"


@pytest.fixture(params=["redis", "alone"])
async def books(request, engines) -> AsyncIterator[tuple[AttendanceBook, AttendanceBook]]:
    """The books of two instances on one Redis; without Redis there is one instance, and one book twice."""
    prefix = f"attendance-{os.urandom(4).hex()}:"
    first = AttendanceBook(engines.redis_url if request.param == "redis" else None, prefix, GRACE_S)
    second = AttendanceBook(engines.redis_url, prefix, GRACE_S) if request.param == "redis" else first
    yield first, second
    await first.close()
    await second.close()


async def gone(book: AttendanceBook, *users: str) -> list[str]:
    """Wait until somebody has left, keeping `users` here meanwhile."""
    async with asyncio.timeout(5):
        while not (left := (await book.move_on({COURSE: users}, {}))[COURSE].left):
            await asyncio.sleep(GRACE_S / 10)
    return left


async def test_a_person_comes_once(books):
    """On a second instance, or at the next beat, the same person is no newcomer; the first time counts."""
    first, second = books
    came = (await first.move_on({COURSE: ["ann"]}, {}))[COURSE]
    again = (await second.move_on({COURSE: ["ann", "bob"]}, {}))[COURSE]
    seen = await first.read(COURSE)

    assert (list(came.joined), came.count, list(again.joined), again.count) == (["ann"], 1, ["bob"], 2)
    assert (seen.count, list(seen.since)) == (2, ["ann", "bob"])
    assert abs((seen.since["ann"] - came.joined["ann"]).total_seconds()) < 0.1


async def test_who_is_not_moved_on_is_gone_after_the_grace(books):
    """A killed instance says nothing: another one finds out, and only one of them does."""
    first, second = books
    await first.move_on({COURSE: ["ann", "bob"]}, {})

    assert await gone(second, "bob") == ["ann"]
    assert (await first.move_on({}, {COURSE: []}))[COURSE].left == []
    assert (await first.read(COURSE)).count == 1


async def test_leaving_begins_the_grace_anew(books):
    """One who has just gone stays for the grace; one who was not here does not come by leaving."""
    first, second = books
    await first.move_on({COURSE: ["ann"]}, {})
    moved = (await second.move_on({}, {COURSE: ["ann", "eve"]}))[COURSE]

    assert (moved.joined, moved.left, moved.count) == ({}, [], 1)


async def test_taking_out_is_immediate(books):
    """Without grace, and once."""
    first, second = books
    await first.move_on({COURSE: ["ann", "bob"]}, {})

    assert (await second.remove(COURSE, "ann")).left == ["ann"]
    assert (await first.remove(COURSE, "ann")).left == []
    assert list((await first.read(COURSE)).since) == ["bob"]


async def test_a_crowd_is_a_number(books):
    """Up to 200 are listed; more are counted, however many come in one call."""
    first, second = books
    crowd = [f"user{number}" for number in range(2300)]
    await first.move_on({COURSE: crowd[:MAX_LISTED]}, {})
    assert len((await second.read(COURSE)).since) == MAX_LISTED
    moved = (await first.move_on({COURSE: crowd}, {}))[COURSE]

    assert (len(moved.joined), moved.count) == (2300 - MAX_LISTED, 2300)
    assert (await second.read(COURSE)).since is None


async def test_without_redis_it_goes_on_alone(relayed_redis_gone):
    """A Redis that has gone costs the view of the others, never a call."""
    book = AttendanceBook(relayed_redis_gone, "gone:", GRACE_S)
    moved = (await book.move_on({COURSE: ["ann"]}, {}))[COURSE]

    assert (list(moved.joined), (await book.read(COURSE)).count) == (["ann"], 1)
    assert (await book.remove(COURSE, "ann")).left == ["ann"]
    await book.close()


@pytest.fixture
def relayed_redis_gone(tmp_path) -> str:
    return f"unix://{tmp_path}/nobody-listens.sock"


async def test_a_call_that_is_cancelled_is_cancelled(engines):
    """At whatever moment: else a process that is told to end would wait for its presence for ever."""
    for moment in range(200):
        book = AttendanceBook(engines.redis_url, "cancelled:", GRACE_S)
        calls = asyncio.create_task(_again_and_again(book))
        await asyncio.sleep(moment / 20_000)
        calls.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([calls])
        await book.close()


async def _again_and_again(book: AttendanceBook) -> None:
    while True:
        await book.move_on({COURSE: ["ann"]}, {})
