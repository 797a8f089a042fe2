"""Subscriptions: asked for together, confirmed together, and nothing left behind."""

import asyncio

import pytest

from realtime.channels import CONFIRM_WITHIN_S, PAGE, Channels
from realtime.redis_line import parse


class Recorder:
    """A line that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, commands: bytes) -> None:
        self.written += commands

    def commands(self) -> list[list[bytes]]:
        """What was written since the last time."""
        found, rest = parse(self.written)
        assert rest == b""
        self.written = b""
        return found


@pytest.fixture
def line() -> Recorder:
    return Recorder()


@pytest.fixture
def channels(line: Recorder) -> Channels:
    channels = Channels(b"rt:s:")
    channels.opened(line)
    return channels


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_turn_is_one_command(channels: Channels, line: Recorder):
    """However many join, and nobody goes on before the last confirmation."""
    joining = asyncio.gather(*(channels.join(name) for name in ("a", "b", "a")))
    await turns()
    assert line.commands() == [[b"SUBSCRIBE", b"rt:s:a", b"rt:s:b"]]

    channels.confirm(b"rt:s:a")
    await turns()
    assert not joining.done()
    channels.confirm(b"rt:s:b")
    await joining
    assert channels.stream_of(b"rt:s:b") == "b"


async def test_a_storm_is_a_handful_of_commands(channels: Channels, line: Recorder):
    """10,000 streams are ten commands, whether they join or leave."""
    names = [f"s{n}" for n in range(10 * PAGE)]
    joining = asyncio.gather(*map(channels.join, names))
    await turns()
    assert [len(command) - 1 for command in line.commands()] == [PAGE] * 10
    for name in names:
        channels.confirm(channels.channel_of(name))
    await joining

    for name in names:
        channels.leave(name)
    await turns()
    assert [(command[0], len(command) - 1) for command in line.commands()] == [(b"UNSUBSCRIBE", PAGE)] * 10


async def test_coming_and_going_within_a_turn(channels: Channels, line: Recorder):
    """Who leaves before Redis was asked was never there; who comes back stays, whatever was asked before."""
    joining = asyncio.create_task(channels.join("a"))
    await asyncio.sleep(0)
    channels.leave("a")
    await joining
    await turns()
    assert line.commands() == []

    again = asyncio.create_task(channels.join("b"))
    await turns()
    channels.leave("b")
    await again
    last = asyncio.create_task(channels.join("b"))
    await turns()
    channels.confirm(b"rt:s:b")
    await last
    assert [command[0] for command in line.commands()][-1] == b"SUBSCRIBE"
    assert channels.stream_of(b"rt:s:b") == "b"


async def test_nobody_waits_for_a_lost_connection(channels: Channels, line: Recorder):
    """Who waits is let go, who joins meanwhile does not wait, and the next connection is asked for all of them."""
    waiting = asyncio.create_task(channels.join("a"))
    await turns()
    channels.lost()
    await waiting
    await channels.join("b")

    channels.opened(again := Recorder())
    assert again.commands() == [[b"SUBSCRIBE", b"rt:s:a", b"rt:s:b"]]


async def test_a_confirmation_that_does_not_come(channels: Channels):
    """After a second the stream is opened without it: the sweep serves those whom hints do not reach."""
    began = asyncio.get_running_loop().time()
    await channels.join("a")
    assert CONFIRM_WITHIN_S <= asyncio.get_running_loop().time() - began < 3 * CONFIRM_WITHIN_S


async def test_who_gives_up_takes_nobody_along(channels: Channels):
    """They share one future; a client that goes away leaves it to the others."""
    impatient, patient = (asyncio.create_task(channels.join(name)) for name in ("a", "b"))
    await turns()
    impatient.cancel()
    await turns()
    assert not patient.done()
    channels.confirm(b"rt:s:a")
    channels.confirm(b"rt:s:b")
    await patient
