"""What doors and services need from the building, as protocols; the building hands the real things in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from services.accounts.tokens import Claims
    from services.transaction import Committed


class Announcer(Protocol):
    """Hears of every commit of this process, in order, at once and without waiting."""

    def announce(self, committed: Sequence[Committed]) -> None: ...


class UnitMeter(Protocol):
    """Counts what the committer does."""

    def committed(self, *, units: int) -> None: ...

    def conflict(self) -> None: ...


class RevocationList(Protocol):
    """The rights that ended, held in memory and at most a second old."""

    def check(self, claims: Claims) -> None:
        """Raise the refusal when the session or the user behind the token has lost the right to call."""


class ChangeHints(Protocol):
    """Tells every instance which objects have changed."""

    async def touched(self, keys: Collection[str]) -> None:
        """Return when the other instances can know, after 50 ms at the latest."""
