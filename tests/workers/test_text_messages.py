"""Text messages through a webhook: signed, and never repeated."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from schemas.mail import TextMessage
from schemas.types import now
from services.unit import Unit
from workers.jobs import JOBS
from workers.text_messages import NotTakenError, WebhookTexter

MESSAGE = TextMessage(message_id="code.1", to_user_id="0" * 24, number="+33612345678", text="12345678 is your code.")


@dataclass
class Gateway:
    """The port `Outgoing`, with an operator's gateway behind it."""

    status: int = 200
    body: bytes = b""
    posted: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    async def get(self, url: str, headers: Mapping[str, str]) -> Gateway:
        raise NotImplementedError

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Gateway:
        self.posted.append((url, body, headers))
        return self


async def test_a_message_is_posted_and_signed():
    """The gateway can check who sent it, and when."""
    gateway, unit = Gateway(), Unit(at=now())
    await WebhookTexter(gateway, "https://sms.example/in", SecretStr("shared")).send(MESSAGE, unit)

    [(url, body, headers)] = gateway.posted
    assert url == "https://sms.example/in"
    assert json.loads(body) == {"id": "code.1", "to": MESSAGE.number, "text": MESSAGE.text}
    at, signature = (part.partition("=")[2] for part in headers["X-Coursewire-Signature"].split(","))
    assert at == str(int(unit.at.timestamp()))
    assert signature == hmac.new(b"shared", f"{at}.".encode() + body, hashlib.sha256).hexdigest()


async def test_a_message_that_was_not_taken_is_not_sent_again():
    """Nobody knows whether it went out: the job fails, and has one attempt."""
    with pytest.raises(NotTakenError):
        await WebhookTexter(Gateway(503), "https://sms.example/in", SecretStr("s")).send(MESSAGE, Unit(at=now()))
    assert {job.attempts for job in JOBS if job.kind.startswith("sms.")} == {1}
