"""What leaves the app, on its way: its states, and the link that ends it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.types import In


class DeliveryState(StrEnum):
    """How far one notification is on one way to one person.

    `claimed` stands in a message that is about to leave; `unknown` was handed to a gateway that cannot be asked again;
    `suppressed` was not to leave, and its reason says why; `dead` was refused for good.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class UnsubscribeQuery(In):
    """The token of a mail's List-Unsubscribe."""

    token: Annotated[str, Field(max_length=200)]
