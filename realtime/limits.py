"""How much one live client may ask for, and what happens when it asks for more (`docs/clients.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.errors import (
    BinaryNotSupported,
    ConnectDeadline,
    DomainError,
    FrameTooLarge,
    MalformedFrame,
    MalformedText,
    RateLimited,
)

CLOSE_CODES: Final[Mapping[type[DomainError], int]] = MappingProxyType(
    {
        MalformedFrame: 1002,
        BinaryNotSupported: 1003,
        MalformedText: 1007,
        ConnectDeadline: 1008,
        RateLimited: 1008,
        FrameTooLarge: 1009,
    }
)
"""What ends a WebSocket, and with which code (RFC 6455, 7.4.1); the close reason is the refusal's own code."""


FORGIVEN: Final = 5
"""How many refusals one thing said at the right pace makes up for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of live clients. Bytes, deadlines and what one connection may hold are the same everywhere."""

    frame_bytes: int = 64 * 1024
    events_per_s: float = 20.0
    burst: int = 40
    refusals: int = 200
    handlers: int = 4
    streams: int = 200
    connect_within_s: float = 10.0
    queued_bytes: int = 512 * 1024
    queued_s: float = 10.0
    connections_per_user: int = 10
    connections_per_address: int = 200

    @classmethod
    def scaled(cls, scale: float) -> Limits:
        """`LIMITS_SCALE` multiplies rates and numbers of connections; each stays at least 1."""
        return cls(
            events_per_s=max(cls().events_per_s * scale, 1.0),
            burst=_times(cls().burst, scale),
            connections_per_user=_times(cls().connections_per_user, scale),
            connections_per_address=_times(cls().connections_per_address, scale),
        )


def _times(figure: int, scale: float) -> int:
    return max(round(figure * scale), 1)


class Pace:
    """A token bucket for what one connection says.

    Held as the one moment at which the bucket will be full again (GCRA): one float a connection, and no timer.
    `refused` counts what was over the pace, and each that was not makes up for five: a client that waits when told to
    stays near 0, one that sends six times too fast piles them up.
    """

    __slots__ = ("_full_at", "_limits", "refused")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._full_at = 0.0
        self.refused = 0

    def take(self, now: float) -> float:
        """0.0 when allowed, else the seconds to wait; `now` is any clock that does not go back."""
        limits = self._limits
        each = 1.0 / limits.events_per_s
        full_at = max(self._full_at, now) + each
        wait = full_at - now - limits.burst * each
        if wait > each * 1e-6:  # what is left is the rounding of large clocks
            self.refused += 1
            return wait
        self._full_at = full_at
        self.refused = max(self.refused - FORGIVEN, 0)
        return 0.0

    @property
    def is_hopeless(self) -> bool:
        """Whether the client takes no notice of being refused, and must go."""
        return self.refused >= self._limits.refusals
