"""Webhooks on the wire: other systems that are told what happens in the school."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.deliveries import DeliveryState
from schemas.types import HttpsUrl, In, Out, OutId


class WebhookIn(In):
    """Where to tell, and of which events (docs/reference/events.md names them)."""

    url: HttpsUrl
    events: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=100)]


class WebhookOut(Out):
    """A webhook without its secret. A `disabledAt` says that it did not answer for a day, or gave itself up (410)."""

    webhook_id: OutId
    url: str
    events: list[str]
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    previous_secret_until: AwareDatetime | None


class WebhookMadeOut(WebhookOut):
    """A webhook with the secret that it is signed with from now on, shown this once."""

    secret: str


class WebhookDeliveryOut(Out):
    """One fact, how often it was told, and what was last answered. `factId` is the `webhook-id` of the call."""

    fact_id: OutId
    event: str
    state: DeliveryState
    attempts: int
    status: int | None
    reason: str | None
    next_at: AwareDatetime | None
    created_at: AwareDatetime
