"""Keys at work: fields at rest, blind indexes, sealed answers, refresh secrets.

Each key comes from a root of its own; nothing here reads a file or the environment. Fields and their indexes have
several versions of a key while one follows the other (`docs/security.md`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
FIRST = "k1"
"""The version that was there before versions were named; what it made may lack its name."""

_NAMED = re.compile(rb"(k[1-9][0-9]{0,5}):")


class UnknownKeyError(LookupError):
    """A stored value names a key that this process does not have."""


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """A key, its name (`k2`), and from when new values are made with it, in seconds since 1970."""

    name: str
    key: bytes
    since: float = 0.0


class _Versions:
    """The versions of one key, oldest first. All of them read, the newest that has begun writes."""

    def __init__(self, *versions: KeyVersion) -> None:
        self.use(versions)

    def use(self, versions: Sequence[KeyVersion]) -> None:
        """Go on with these versions."""
        self._versions = tuple(sorted(versions, key=lambda version: (version.since, int(version.name[1:]))))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(version.name for version in self._versions)

    @property
    def writing(self) -> KeyVersion:
        at = time.time()
        return next(
            (version for version in reversed(self._versions) if version.since <= at),
            self._versions[0],
        )

    @property
    def is_settled(self) -> bool:
        """Whether no version waits for its time."""
        return self.writing is self._versions[-1]


class FieldCipher(_Versions):
    """AES-256-GCM for single fields; what is sealed begins with the name of its key (`k1:…`).

    The place (collection, id, field) is authenticated, so a ciphertext moved to another row does not open.
    """

    def use(self, versions: Sequence[KeyVersion]) -> None:
        super().use(versions)
        self._aeads: Mapping[str, AESGCM] = {version.name: AESGCM(version.key) for version in versions}

    def seal(self, text: str, *place: str) -> str:
        name = self.writing.name
        return f"{name}:{base64.b64encode(self._encrypt(name, text.encode(), place)).decode()}"

    def open(self, sealed: str, *place: str) -> str:
        name, _, data = sealed.partition(":")
        return self._decrypt(name, base64.b64decode(data), place).decode()

    def seal_bytes(self, data: bytes, *place: str) -> bytes:
        name = self.writing.name
        return f"{name}:".encode() + self._encrypt(name, data, place)

    def open_bytes(self, sealed: bytes, *place: str) -> bytes:
        name = key_name(sealed)
        return self._decrypt(name, sealed.removeprefix(f"{name}:".encode()), place)

    def _encrypt(self, name: str, data: bytes, place: Sequence[str]) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aeads[name].encrypt(nonce, data, "/".join(place).encode())

    def _decrypt(self, name: str, data: bytes, place: Sequence[str]) -> bytes:
        aead = self._aeads.get(name)
        if aead is None:
            raise UnknownKeyError(name)
        return aead.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], "/".join(place).encode())


def key_name(stored: str | bytes) -> str:
    """The version that a sealed field, a sealed answer or an index was made with."""
    named = _NAMED.match(stored.encode() if isinstance(stored, str) else stored)
    return named[1].decode() if named else FIRST


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


class BlindIndex(_Versions):
    """Finds what is sealed, by a keyed hash of it. Store `of`, look for `any_of`: older rows may have older keys."""

    def of(self, *parts: str | bytes) -> str:
        return _indexed(self.writing, parts)

    def all_of(self, *parts: str | bytes) -> Sequence[str]:
        """Under every version of the key, oldest first."""
        return [_indexed(version, parts) for version in self._versions]

    def any_of(self, *parts: str | bytes) -> str | Mapping[str, Sequence[str]]:
        """What a query compares an indexed field with."""
        found = self.all_of(*parts)
        return found[0] if len(found) == 1 else {"$in": found}


def _indexed(version: KeyVersion, parts: Sequence[str | bytes]) -> str:
    digest = KeyedHash(version.key).of(*parts)
    return digest if version.name == FIRST else f"{version.name}:{digest}"


def normalised_email(address: str) -> str:
    """The form under which an address is unique: addresses differ by case to nobody's use."""
    return address.strip().casefold()


def normalised_phone(number: str) -> str:
    """The form of a number in the blind index, which it shares with addresses."""
    return f"tel:{number}"


def digest_of(secret: str) -> str:
    """SHA-256 as hex, for secrets of 112 bits and more (`docs/security.md`)."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything that services seal, find or derive with."""

    fields: FieldCipher
    email_index: BlindIndex
    refresh: KeyedHash
    idempotency: KeyedHash

    @property
    def guesses(self) -> KeyedHash:
        """Names counters of tries, so that they tell neither address nor account."""
        return KeyedHash(bytes.fromhex(self.refresh.of("guesses")))

    @property
    def identities(self) -> KeyedHash:
        """Finds people by their ids at providers, and derives the secrets of a visit there."""
        return KeyedHash(bytes.fromhex(self.refresh.of("identities")))

    @property
    def unsubscribing(self) -> KeyedHash:
        """Signs the links that end mails."""
        return KeyedHash(bytes.fromhex(self.refresh.of("unsubscribing")))
