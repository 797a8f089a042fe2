"""What accounts need from the building, beside the unit."""

from __future__ import annotations

from dataclasses import dataclass

from services.accounts.crowding import SessionLimits
from services.accounts.oidc import Providers
from services.accounts.passwords import Passwords
from services.accounts.tokens import Tokens
from services.ports import GuessLimits


@dataclass(frozen=True, slots=True)
class Desk:
    """`open_roles` lets anyone register as more than a student; never in production.

    `public_url` is where people reach the school, for links in mails and for other services; without it, which
    only development allows, the address of the call counts.
    """

    tokens: Tokens
    passwords: Passwords
    guesses: GuessLimits
    session_limits: SessionLimits
    providers: Providers
    open_roles: bool
    public_url: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session was opened: the client's own words, and the network it came from.

    `device_id` is a cookie of a browser, or what another client sends as X-Device-ID.
    """

    user_agent: str
    ip_prefix: str
    device_id: str | None = None
