"""A passkey in software (ES256), as a browser would hand it over: it signs what it is asked, or something else."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """`origin` is where the browser believes to be; `counter` grows with each signature."""

    origin: str
    domain: str = "localhost"
    counter: int = 0
    flags: int = PRESENT | VERIFIED
    user_handle: str | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(16))

    def create(self, options: Any, **client: str) -> dict[str, Any]:
        """Answer `navigator.credentials.create()`."""
        self.user_handle = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        named = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + named}
        response = {
            "clientDataJSON": self._client("webauthn.create", options, client),
            "attestationObject": base64url(cbor2.dumps(attested)),
        }
        return self._credential(response)

    def get(self, options: Any, **client: str) -> dict[str, Any]:
        """Answer `navigator.credentials.get()`."""
        self.counter += 1
        said, data = self._client("webauthn.get", options, client), self._data()
        digest = hashlib.sha256(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))).digest()
        response = {
            "clientDataJSON": said,
            "authenticatorData": base64url(data),
            "signature": base64url(self.key.sign(data + digest, ec.ECDSA(hashes.SHA256()))),
            "userHandle": self.user_handle,
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = base64url(self.credential_id)
        fixed = {"type": "public-key", "clientExtensionResults": {}, "authenticatorAttachment": "platform"}
        return {**fixed, "id": name, "rawId": name, "response": response}

    def _client(self, kind: str, options: Any, client: dict[str, str]) -> str:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False, **client}
        return base64url(json.dumps(said).encode())

    def _data(self, flags: int = 0) -> bytes:
        domain = hashlib.sha256(self.domain.encode()).digest()
        return domain + bytes([self.flags | flags]) + self.counter.to_bytes(4, "big")
