"""WebSocket frames from server to client: final, unmasked, uncompressed (RFC 6455 5.2)."""

from __future__ import annotations

import struct

TEXT = 0x81
SHORT, MIDDLE = 126, 65_536


def text_frame(text: str) -> bytes:
    """The frame of one text message. It is built once and the same bytes go to every recipient."""
    payload = text.encode()
    length = len(payload)
    if length < SHORT:
        return bytes((TEXT, length)) + payload
    if length < MIDDLE:
        return struct.pack("!BBH", TEXT, 126, length) + payload
    return struct.pack("!BBQ", TEXT, 127, length) + payload
