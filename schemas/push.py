"""Notifications to browsers (RFC 8030, 8291, 8292): subscriptions on the wire, and what is sent."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from schemas.types import HttpsUrl, In, Out, OutId

POINT_BYTES, AUTH_BYTES = 65, 16


def decoded(text: str) -> bytes:
    """Bytes of base64url, with or without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _of_bytes(length: int) -> AfterValidator:
    def check(value: str) -> str:
        try:
            found = len(decoded(value))
        except (binascii.Error, ValueError):
            found = 0
        if found != length:
            raise PydanticCustomError("base64url", "These are not {length} bytes in base64url.", {"length": length})
        return value

    return AfterValidator(check)


Base64 = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$")]


class PushKeysIn(In):
    """The two keys of `PushSubscription.toJSON().keys`."""

    p256dh: Annotated[Base64, _of_bytes(POINT_BYTES), Field(alias="p256dh")]
    auth: Annotated[Base64, _of_bytes(AUTH_BYTES)]


class PushSubscriptionIn(In):
    """A browser's subscription as its `toJSON()` says it."""

    endpoint: HttpsUrl
    keys: PushKeysIn
    expiration_time: float | None = None


class PushSubscriptionOut(Out):
    """A browser that is told; `mark` is the SHA-256 of its endpoint in hexadecimal, by which it knows itself."""

    subscription_id: OutId
    mark: str
    device: str
    created_at: AwareDatetime


class PushKeyOut(Out):
    """What a browser subscribes with; null where the school sends nothing to browsers."""

    public_key: str | None


class PushTarget(In):
    """What is sealed of a subscription: whoever has it can write to the browser."""

    endpoint: str
    p256dh: str
    auth: str


class PushMessage(In):
    """What a browser shows: short, and nothing that should not stand on a locked screen."""

    title: str
    text: str
    link: str
    tag: str
    language: str
    is_urgent: bool = False


class PushOutcome(StrEnum):
    """What the browser's service did with it: `gone` browsers never come back, `busy` services may take it later."""

    TAKEN = "taken"
    GONE = "gone"
    BUSY = "busy"
    REFUSED = "refused"
