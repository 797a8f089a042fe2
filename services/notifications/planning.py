"""What leaves the app: who gets a mail, a push or a text message of what they were told, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.accounts import User
from models.notifications import Notification, NotificationChoices
from services.unit import Unit


@dataclass(frozen=True, slots=True)
class Told:
    """One new notification, whose it is, and what they have chosen."""

    notification: Notification
    user: User
    choices: NotificationChoices | None


async def plan(unit: Unit, told: Sequence[Told]) -> None:
    """Put into the unit that tells them in the app what else goes out; at most 500, in few queries."""
    del unit, told
