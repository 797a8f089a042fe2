"""How many calls anybody may make, and what is left of that: the one table, and the arithmetic of its windows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

MINUTE, HOUR = 60, 3600


class Limit(StrEnum):
    """The classes of calls; a row of ROUTES names one."""

    API = "api"
    SIGN_IN = "sign-in"
    REGISTRATION = "registration"
    USERNAME = "username"
    JOIN_CODE = "join-code"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many calls in any window of that length."""

    calls: int
    window_s: int

    def scaled(self, scale: float) -> Quota:
        """`LIMITS_SCALE` multiplies every figure; each stays at least 1."""
        return Quota(max(round(self.calls * scale), 1), self.window_s)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one user may, wherever the calls come from, and what one address may that says no user.

    `user` is None where the address counts, whoever calls. A school sits behind one address: what its people do
    when they are signed in is counted for each of them.
    """

    user: Quota | None
    address: Quota


ALLOWANCES: Final[Mapping[Limit, Allowance]] = MappingProxyType(
    {
        Limit.API: Allowance(Quota(1000, 15 * MINUTE), Quota(100, 15 * MINUTE)),
        # Passwords and codes have limits of their own, on failures; this one lets several classes come at 8 o'clock.
        Limit.SIGN_IN: Allowance(None, Quota(1000, 15 * MINUTE)),
        Limit.REGISTRATION: Allowance(None, Quota(3, 18 * MINUTE)),  # three at once, then ten an hour
        Limit.USERNAME: Allowance(Quota(30, MINUTE), Quota(10, MINUTE)),
        Limit.JOIN_CODE: Allowance(Quota(20, 15 * MINUTE), Quota(20, 15 * MINUTE)),
        Limit.MESSAGE: Allowance(Quota(10, MINUTE // 2), Quota(10, MINUTE // 2)),  # ten at once, then 20 a minute
    }
)


@dataclass(frozen=True, slots=True)
class Window:
    """A count that slides: what was counted in the window before weighs less with every second.

    `earlier_s` is how long that window still weighs anything, `ends_s` when the present one becomes the earlier one.
    """

    earlier: int
    earlier_s: float
    present: int
    ends_s: float

    def used(self, quota: Quota) -> int:
        return math.floor(self.earlier * self.earlier_s / quota.window_s) + self.present

    def wait_s(self, quota: Quota, cost: int) -> float:
        """Seconds until `cost` fits, if nothing else is counted until then."""
        if self.used(quota) + cost <= quota.calls:
            return 0.0
        if (room := quota.calls - cost - self.present) >= 0:
            return _until(self.earlier, self.earlier_s, room, quota)
        return self.ends_s + _until(self.present, quota.window_s, max(quota.calls - cost, 0), quota)


def _until(count: int, weighs_s: float, room: int, quota: Quota) -> float:
    """Until a count that fades weighs at most `room`, of which only whole calls count."""
    return max(weighs_s - (room + 1) * quota.window_s / max(count, 1), 0.0) + 0.001


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after a call: what is left, and when there will be more. Seconds; `refused` if over."""

    limit: Limit
    quota: Quota
    left: int
    more_in_s: int
    refused: bool

    @classmethod
    def of(cls, limit: Limit, quota: Quota, window: Window, *, cost: int, refused: bool) -> Standing:
        left = max(quota.calls - window.used(quota), 0)
        more_in_s = window.wait_s(quota, cost) if refused or not left else window.ends_s
        return cls(limit, quota, left, max(math.ceil(more_in_s), 1), refused)

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields of the IETF's draft on rate limit headers."""
        return {
            "RateLimit-Policy": f'"{self.limit}";q={self.quota.calls};w={self.quota.window_s}',
            "RateLimit": f'"{self.limit}";r={self.left};t={self.more_in_s}',
        }
