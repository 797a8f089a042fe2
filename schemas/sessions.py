"""Sessions as their owner sees them."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from schemas.types import Out, OutId


class DeviceInfoOut(Out):
    """What the device seems to be, by its User-Agent; a name for people, and empty texts for what is not known."""

    name: str
    browser: str
    os: str
    kind: Literal["phone", "tablet", "computer", "program"]


class DeviceSessionOut(Out):
    """One signed-in device. `ip` is the network it was last used from; `lastActivity` is up to five minutes behind."""

    id: OutId
    device_info: DeviceInfoOut
    user_agent: str
    ip: str
    first_ip: str
    created_at: AwareDatetime
    last_activity: AwareDatetime
    expires_at: AwareDatetime
    is_active: bool
    is_current: bool
    permissions: list[str]
    amr: list[str]


class RevokedOut(Out):
    """How many sessions were ended."""

    revoked: int
