"""Messages to browsers: encrypted for one of them (RFC 8291), signed for its service (RFC 8292)."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.push import PushMessage, PushOutcome, PushTarget, decoded
from services.ports import Outgoing, OutgoingError
from services.vapid import VapidKey

try:
    import http_ece
except ImportError:  # the extra `push` is not installed
    http_ece = None

IS_AVAILABLE: Final = http_ece is not None
KEPT_S: Final = 24 * 3600
URGENT_KEPT_S: Final = 4 * 3600
SIGNED_FOR: Final = timedelta(hours=12)


class WebPusher:
    """Posts to the service that the browser named; it sees neither text nor address."""

    def __init__(self, outgoing: Outgoing, key: VapidKey, subject: str) -> None:
        self._outgoing = outgoing
        self._key = key
        self._subject = subject

    async def push(self, target: PushTarget, message: PushMessage, at: datetime) -> PushOutcome:
        headers = {
            "Authorization": f"vapid t={self._token(target.endpoint, at)}, k={self._key.public}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(URGENT_KEPT_S if message.is_urgent else KEPT_S),
            "Urgency": "high" if message.is_urgent else "normal",
            "Topic": message.tag,
        }
        try:
            reply = await self._outgoing.post(target.endpoint, encrypted(target, message), headers)
        except OutgoingError:
            return PushOutcome.BUSY
        return outcome_of(reply.status)

    def _token(self, endpoint: str, at: datetime) -> str:
        """Says to that service alone, for half a day, who sends."""
        scheme, host, *_ = urlsplit(endpoint)
        claims = {"aud": f"{scheme}://{host}", "exp": at + SIGNED_FOR, "sub": self._subject}
        return jwt.encode(claims, self._key.private, algorithm="ES256")


def outcome_of(status: int) -> PushOutcome:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return PushOutcome.TAKEN
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return PushOutcome.GONE
    is_busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return PushOutcome.BUSY if is_busy else PushOutcome.REFUSED


def encrypted(target: PushTarget, message: PushMessage) -> bytes:
    """One record that only the browser can open; the key of our side is new for each."""
    said = message.model_dump(mode="json", exclude={"is_urgent"})
    body: bytes = http_ece.encrypt(
        orjson.dumps(said),
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=decoded(target.p256dh),
        auth_secret=decoded(target.auth),
        version="aes128gcm",
    )
    return body
