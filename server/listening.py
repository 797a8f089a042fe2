"""The listening socket of a web process: opened, and closed without losing a connection that a client has.

The kernel takes connections in before the process accepts them, and a client may send at once. Closing the socket would
reset those that wait, a call that was sent with them; and a proxy never sends a POST again that it has sent. So at the
end the kernel is told to take in no more, what waits is accepted, and only then the socket is closed. Who asks
meanwhile is not answered, asks again a second later, and is refused: a proxy then goes to another instance.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

from server.settings import Settings

BACKLOG: Final = 4096
"""Connections that wait in the kernel; a storm of reconnects, or the time in which no process accepts."""

HANDSHAKE_S: Final = 0.1
"""How long a client takes that has been answered, and not yet sent: the way to it and back."""

ACCEPTED_WITHIN_S: Final = 2.0
LOOK_S: Final = 0.02

SO_ATTACH_FILTER: Final = 26
NO_SYN: Final = (
    (0x30, 0, 0, 13),  # the flags of the TCP header
    (0x45, 0, 1, 0x02),  # SYN among them?
    (0x06, 0, 0, 0),  # then drop it,
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep it whole
)
"""Classic BPF, as Linux runs it for each segment that comes to a socket."""

TCP_INFO: Final = 11
INFO_BYTES: Final = 28
"""Up to `tcpi_unacked`, which for a listening socket is how many connections wait."""


def listening_socket(settings: Settings) -> socket.socket:
    """The socket that was handed in, or a new one on HOST and PORT; more than one process may accept on it."""
    if settings.listen_fd is not None:
        sock = socket.socket(fileno=settings.listen_fd)
    else:
        found = socket.getaddrinfo(
            settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)  # of a name's two, IPv4
        sock = socket.create_server((str(address[0]), settings.port), family=family, backlog=BACKLOG)
    sock.setblocking(False)
    return sock


def address_of(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def close_listener(listener: asyncio.Server, sock: socket.socket, *, is_shared: bool) -> None:
    """Take in no more. What others listen to, too, stays open with all that waits: they accept it."""
    if not is_shared and sys.platform == "linux":
        _refuse_newcomers(sock)
        await asyncio.sleep(HANDSHAKE_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(ACCEPTED_WITHIN_S):
                while _waiting(sock):
                    await asyncio.sleep(LOOK_S)
    listener.close()


def _refuse_newcomers(sock: socket.socket) -> None:
    """Let the kernel ignore whoever asks for a connection, and go on with those that it has begun."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in NO_SYN))
    with suppress(OSError):  # a sandbox may forbid it
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(NO_SYN), ctypes.addressof(program)))


def _waiting(sock: socket.socket) -> int:
    """How many connections the kernel has taken in that nobody has accepted."""
    info = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, INFO_BYTES)
    return int(struct.unpack_from("I", info, INFO_BYTES - 4)[0])
