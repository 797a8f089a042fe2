"""A mail, or a text message, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from schemas.types import Id, In


class Mail(In):
    """`message_id` is the same however often the mail is tried, so that receivers can tell repeats."""

    message_id: str
    to_user_id: Id
    address: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = Field(default_factory=dict)


class TextMessage(In):
    """`message_id` tells the receiver's gateway a repeat; `number` is in the form +33612345678."""

    message_id: str
    to_user_id: Id
    number: str
    text: str
