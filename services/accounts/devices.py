"""Which device calls: what its User-Agent says, and the mark by which it is known again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.accounts.desk import Device
from services.crypto import digest_of

BROWSERS: Final = (
    ("Edg", "Edge"),
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Version", "Safari"),
)
"""What a product is called in a User-Agent, and by people; the first that stands there counts."""

SYSTEMS: Final = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

DEVICE_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")

_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Looks:
    """What a device seems to be; empty where its client does not say. `kind`: phone, tablet, computer or program."""

    browser: str
    os: str
    kind: str

    @property
    def name(self) -> str:
        return " · ".join(filter(None, (self.browser, self.os))) or "?"


def looks_of(user_agent: str) -> Looks:
    """Read a User-Agent as far as people care; whatever is no browser counts as a program of that name."""
    os = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if not user_agent.startswith("Mozilla/"):
        program = _PROGRAM.match(user_agent)
        return Looks(program[0] if program else "", os, "program")
    browser = next((name for sign, name in BROWSERS if f"{sign}/" in user_agent), "")
    return Looks(browser, os, _kind(user_agent, os))


def _kind(user_agent: str, os: str) -> str:
    if os == "iOS" or (os == "Android" and "Mobile" in user_agent):
        return "phone"
    return "tablet" if os in {"iPadOS", "Android"} else "computer"


def is_same_family(one: str, other: str) -> bool:
    """Whether two User-Agents are the same browser on the same system, of whatever version."""
    return looks_of(one) == looks_of(other)


def mark_of(device: Device) -> str:
    """By what a device is known again: the id that it brings, else how it looks and where it is."""
    if device.device_id is not None:
        return digest_of(f"id {device.device_id}")
    return digest_of(f"looks {looks_of(device.user_agent).name} {device.ip_prefix}")
