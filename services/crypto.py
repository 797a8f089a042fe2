"""Keys at work: fields at rest, blind indexes, sealed answers, refresh secrets.

Each key comes from a root of its own; nothing here reads a file or the environment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class FieldCipher:
    """AES-256-GCM for single fields; the text says which key sealed it (`k1:…`).

    The place (collection, id, field) is authenticated, so a ciphertext moved to another row does not open.
    """

    def __init__(self, key: bytes, key_id: str = "k1") -> None:
        self._aead = AESGCM(key)
        self._key_id = key_id

    def seal(self, text: str, *place: str) -> str:
        return f"{self._key_id}:{base64.b64encode(self.seal_bytes(text.encode(), *place)).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        return self.open_bytes(base64.b64decode(sealed.partition(":")[2]), *place).decode()

    def seal_bytes(self, data: bytes, *place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, data, "/".join(place).encode())

    def open_bytes(self, sealed: bytes, *place: str) -> bytes:
        return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], "/".join(place).encode())


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """HMAC-SHA-256 under one key, as hex."""

    key: bytes

    def of(self, *parts: str | bytes) -> str:
        digest = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            digest.update(len(raw).to_bytes(4, "big") + raw)
        return digest.hexdigest()


def normalised_email(address: str) -> str:
    """The form under which an address is unique: addresses differ by case to nobody's use."""
    return address.strip().casefold()


def digest_of(secret: str) -> str:
    """SHA-256 as hex, for secrets of 112 bits and more (`docs/security.md`)."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything that services seal, find or derive with."""

    fields: FieldCipher
    email_index: KeyedHash
    refresh: KeyedHash
    idempotency: KeyedHash

    @property
    def guesses(self) -> KeyedHash:
        """Names counters of tries, so that they tell neither address nor account."""
        return KeyedHash(bytes.fromhex(self.email_index.of("guesses")))

    @property
    def identities(self) -> KeyedHash:
        """Finds people by their ids at providers, and derives the secrets of a visit there."""
        return KeyedHash(bytes.fromhex(self.email_index.of("identities")))
