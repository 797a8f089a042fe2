"""Socket.IO packets over orjson, and nothing but JSON (Socket.IO protocol 5)."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson
from pydantic import JsonValue
from socketio import packet

RESERVED: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
"""Names that the library calls handlers by; a client that sends one would reach them as an event."""

_HEAD: Final = re.compile(r"([0-6])(/[^,?]{0,100}(?:\?[^,]{0,1000})?(?:,|$))?(\d{1,15}(?=[^\d]|$))?", re.ASCII)


class MalformedPacketError(ValueError):
    """What no Socket.IO client sends."""


class BinaryPacketError(MalformedPacketError):
    """A packet that announces binary attachments: these would pile up outside every limit."""


def dumps(value: JsonValue) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def event_text(namespace: str, name: str, payload: str) -> str:
    """An Engine.IO message that holds an event: the name, and an object that is JSON already."""
    return f'42/{namespace},["{name}",{payload}]'


class JsonPacket(packet.Packet):  # type: ignore[misc]  # the library has no types
    """Drop-in for the library's packet, which walks every payload in search of bytes (dearer than the encode)."""

    uses_binary_events = False

    def encode(self) -> str:
        where = f"{self.namespace}," if self.namespace not in {None, "/"} else ""
        number = "" if self.id is None else str(self.id)
        body = "" if self.data is None else dumps(self.data)
        return f"{self.packet_type}{where}{number}{body}"

    def decode(self, encoded_packet: str) -> int:
        """Read what a client sent; raises `MalformedPacketError`, and never awaits attachments."""
        head = _HEAD.match(encoded_packet)
        if head is None:
            raise MalformedPacketError
        self.packet_type = int(head[1])
        if self.packet_type in {packet.BINARY_EVENT, packet.BINARY_ACK}:
            raise BinaryPacketError
        self.namespace = (head[2] or "/").rstrip(",").partition("?")[0]
        self.id = int(head[3]) if head[3] else None
        body = encoded_packet[head.end() :]
        try:
            self.data = orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            raise MalformedPacketError from None
        if not _is_shaped(self.packet_type, self.data):
            raise MalformedPacketError
        return 0


def _is_shaped(kind: int, data: Any) -> bool:
    """Whether the data is what the protocol has for this type of packet."""
    if kind == packet.CONNECT:
        return data is None or isinstance(data, dict)
    if kind == packet.DISCONNECT:
        return data is None
    if kind == packet.EVENT:
        return isinstance(data, list) and bool(data) and isinstance(data[0], str) and data[0] not in RESERVED
    return kind == packet.ACK and isinstance(data, list)
