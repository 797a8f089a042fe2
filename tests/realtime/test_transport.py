"""The seam to python-socketio: each hook is where we think, and each known fault of the library stays shut."""

import asyncio
import inspect
from dataclasses import replace

import pytest
import socketio
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_websocket import WebSocketReader
from engineio import async_server, async_socket
from engineio.async_drivers import aiohttp as aiohttp_driver
from hypothesis import given
from hypothesis import strategies as st
from socketio import packet

from realtime.transport import hooks
from realtime.transport.frames import text_frame
from realtime.transport.hooks import HOOKS, HookMovedError, check_hooks
from realtime.transport.members import Members
from realtime.transport.packets import BinaryPacketError, JsonPacket, MalformedPacketError, event_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=20).filter(
    lambda name: name not in {"connect", "disconnect", "disconnecting"}
)


def test_the_hooks_are_where_they_were():
    """With the locked versions the server starts."""
    check_hooks()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: f"{hook.owner.__qualname__}.{hook.name}")
def test_a_moved_hook_is_named(monkeypatch, hook):
    """Without one of its hooks the server does not start: it names the hook, and the version that had it."""
    monkeypatch.setattr(hook.owner, hook.name, None)

    with pytest.raises(HookMovedError, match=rf"{hook.owner.__qualname__}\.{hook.name} is gone.*python-socketio 5\.18"):
        check_hooks()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: f"{hook.owner.__qualname__}.{hook.name}")
def test_a_changed_hook_is_named(hook):
    """A hook that takes other arguments than it took is as good as gone."""
    changed = replace(hook, parameters=(*hook.parameters, "else"))

    with pytest.raises(HookMovedError, match=rf"{hook.name} takes .* and not .*else"):
        check_hooks([changed])


def test_the_pins_are_those_that_are_installed():
    """Whoever upgrades tries the hooks again and says so here."""
    for name, number in hooks.PINNED.items():
        assert hooks.version(name).startswith(f"{number}.")


@given(NAMES, JSON, st.integers(0, 10**14) | st.none())
def test_packets_come_back_as_they_went(name, argument, number):
    """What we write the library reads, and what the library writes we read."""
    ours = JsonPacket(packet.EVENT, data=[name, argument], namespace="/grading", id=number)
    theirs = packet.Packet(encoded_packet=ours.encode())
    back = JsonPacket(encoded_packet=theirs.encode())

    assert (back.packet_type, back.namespace, back.id, back.data) == (2, "/grading", number, [name, argument])


@given(st.text(max_size=200))
def test_any_text_is_a_packet_or_refused(text):
    """Whatever a client sends, the decoder answers with a packet or its own refusal."""
    try:
        JsonPacket(encoded_packet=f"2{text}")
    except MalformedPacketError:
        return


@pytest.mark.parametrize("text", ["51-[]", "61-/grading,1[]", "5", "45999999999-[]"[1:]])
def test_no_attachments(text):
    """Binary packets are refused before anything waits for what they announce."""
    with pytest.raises(BinaryPacketError):
        JsonPacket(encoded_packet=text)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 70_000])
async def test_frames_are_read_as_they_were_written(length):
    """A frame of ours is one text message to aiohttp's own reader, at each of the lengths where the head changes."""
    loop, text = asyncio.get_running_loop(), "é" * (length // 2) + "x" * (length % 2)
    queue = WebSocketDataQueue(BaseProtocol(loop), 2**16, loop=loop)
    WebSocketReader(queue, 2**20, False, True).feed_data(text_frame(text))

    assert (await queue.read()).data == text


def test_an_event_is_a_packet():
    """The text that goes to every recipient is what the library would have sent."""
    theirs = packet.Packet(packet.EVENT, data=["a.b", {"x": 1}], namespace="/grading").encode()

    assert event_text("grading", "a.b", '{"x":1}') == f"4{theirs}"


async def test_nobody_emits_beside_the_hub():
    """A library that emitted to its own rooms would reach clients that were never let in."""
    with pytest.raises(NotImplementedError):
        await Members(("/", "/grading"), {}).emit("x", {}, "/grading")


def test_what_the_library_still_does_wrong():
    """Each fault that the transport goes around is still there; where one is gone, our way around can go, too."""
    poll = inspect.getsource(async_socket.AsyncSocket.poll)
    connect = inspect.getsource(socketio.AsyncServer._handle_connect)  # noqa: SLF001
    members = inspect.getsource(socketio.AsyncManager.__mro__[1].basic_disconnect)

    assert "wait_for" in poll
    assert connect.index("manager.pre_connect") < connect.index("_trigger_event")
    assert "self.rooms[namespace].copy().items()" in members
    assert "asyncio.Queue(" in inspect.getsource(async_server.AsyncServer.create_queue)
    assert "compress=" not in inspect.getsource(aiohttp_driver.WebSocket)
