"""What accounts need from the building, beside the unit."""

from __future__ import annotations

from dataclasses import dataclass

from services.accounts.passwords import Passwords
from services.accounts.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Desk:
    """`open_roles` lets anyone register as more than a student; never in production."""

    tokens: Tokens
    passwords: Passwords
    open_roles: bool


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session was opened: the client's own words, and the network it came from."""

    user_agent: str
    ip_prefix: str
