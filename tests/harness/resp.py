"""A filter for what Redis says: single published messages get lost, everything else stays whole."""

from __future__ import annotations

PUSHES = (b"*3\r\n$7\r\nmessage\r\n", b">3\r\n$7\r\nmessage\r\n")


class LossyPubSub:
    """Drops every n-th message that a subscriber is told, on one connection."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.messages = self.lost = 0
        self._kept = b""

    def __call__(self, data: bytes) -> bytes:
        self._kept += data
        passed, at = bytearray(), 0
        while (end := reply_end(self._kept, at)) > 0:
            reply = self._kept[at:end]
            at = end
            if reply.startswith(PUSHES):
                self.messages += 1
                if self.messages % self.every == 0:
                    self.lost += 1
                    continue
            passed += reply
        self._kept = self._kept[at:]
        return bytes(passed)


def reply_end(data: bytes, at: int) -> int:
    """Where the reply that begins here ends, in RESP 2 or 3; -1 while it has not all arrived."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return -1
    kind, head, end = data[at : at + 1], data[at + 1 : line], line + 2
    if kind in b"*>~%":
        for _ in range(int(head) * (2 if kind == b"%" else 1)):
            if (end := reply_end(data, end)) < 0:
                return -1
        return end
    if kind in b"$=" and int(head) >= 0:
        end += int(head) + 2
    return end if end <= len(data) else -1
