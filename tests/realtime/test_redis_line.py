"""The bulk connection to Redis: whatever pieces the network makes of replies, they come out whole and in order."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.exceptions import InvalidResponse, RedisError, ResponseError

from realtime.redis_line import command, commands, open_line, parse
from tests.harness.proxy import STALL, Fault, Way, proxy_to, socket_of

replies = st.recursive(st.binary(max_size=30) | st.integers(-(2**60), 2**60) | st.none(), st.lists, max_leaves=8)


def written(reply) -> bytes:
    match reply:
        case None:
            return b"$-1\r\n"
        case int():
            return b":%d\r\n" % reply
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(reply), reply)
    return b"*%d\r\n" % len(reply) + b"".join(map(written, reply))


@settings(deadline=None)
@given(st.lists(replies, max_size=5), st.integers(1, 40))
def test_replies_in_pieces(expected, size):
    """Lines, lengths and texts may be torn anywhere, and a text may hold whatever looks like a reply."""
    data, pending, found = b"".join(map(written, expected)), b"", []
    for at in range(0, len(data), size):
        whole, pending = parse(pending + data[at : at + size])
        found += whole

    assert found == expected
    assert pending == b""


@pytest.mark.parametrize(
    ("data", "error"), [(b"-NOPERM no\r\n", ResponseError), (b"HTTP/1.1 400\r\n", InvalidResponse)]
)
def test_refusals_and_strangers(data, error):
    """An error reply is raised with its text, and so is what is no Redis at all."""
    with pytest.raises(error):
        parse(data)


def test_status_push_and_null():
    """What RESP 3 says otherwise is understood too, where the URL asks for it."""
    assert parse(b"+OK\r\n>2\r\n$1\r\na\r\n:1\r\n_\r\n") == ([b"OK", [b"a", 1], None], b"")


def test_commands_are_replies_turned_round():
    """Lengths are counted in bytes; many parts become pages."""
    assert parse(command(b"PUBLISH", "é".encode(), b"\r\n$1")) == ([[b"PUBLISH", "é".encode(), b"\r\n$1"]], b"")
    assert parse(commands(b"S", [b"1", b"2", b"3"], 2)) == ([[b"S", b"1", b"2"], [b"S", b"3"]], b"")
    assert commands(b"S", [], 2) == b""


async def test_a_real_server(engines):
    """What redis-py connects and signs in can be written to and read from here, also after a large reply."""
    async with open_line(engines.redis_url) as line:
        line.write(command(b"ECHO", b"x" * 1_000_000) + command(b"PING"))
        found = await line.read()
        while len(found) < 2:
            found += await line.read()
        assert found == [b"x" * 1_000_000, b"PONG"]

        line.write(command(b"NOSUCH"))
        with pytest.raises(ResponseError):
            await line.read()


async def test_a_line_that_ends_or_says_nothing(engines):
    """A closed connection is told as such, a silent one as a time-out; leaving it waits for nobody."""
    async with proxy_to(socket_of(engines.redis_url)) as proxy, open_line(proxy.redis_url) as line:
        proxy.suffer(STALL)
        line.write(command(b"PING"))
        with pytest.raises(TimeoutError):
            await line.read(0.05)
        proxy.cut()
        with pytest.raises((RedisError, OSError)):
            await line.read()


async def test_leaving_a_dead_line_is_quick(engines):
    """What the other side does not take any more is thrown away."""
    async with proxy_to(socket_of(engines.redis_url)) as proxy, asyncio.timeout(1), open_line(proxy.redis_url) as line:
        proxy.suffer(Fault(holds=frozenset({Way.THERE})))
        line.write(command(b"ECHO", b"x" * 10_000_000))
