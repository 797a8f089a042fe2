"""Where keys come from: the settings, or in development files that are made at the first start."""

from __future__ import annotations

import fcntl
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pydantic import SecretStr

from server.settings import Settings
from services.accounts.tokens import SigningKey
from services.crypto import FieldCipher, KeyedHash, Keyring

KEY_BYTES = 32

_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")


class BadKeyError(Exception):
    """A key is set, but it is not of the form that its name promises."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one school; each comes from a root of its own."""

    ring: Keyring
    signing: tuple[SigningKey, ...]


def load_keys(settings: Settings) -> Keys:
    """Read every key; in development a missing one is generated, under a lock, so that it is made once."""
    folder = settings.data_dir / "keys"
    if settings.is_production:
        return _load(settings, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _load(settings, folder)


def _load(settings: Settings, folder: Path) -> Keys:
    pem = _secret(settings.token_key, folder / "token.pem", _new_signing_key)
    private = _private_key(pem)

    def key(name: str, value: SecretStr | None) -> bytes:
        text = _secret(value, folder / f"{name}.key", _new_key)
        if not _HEX.fullmatch(text):
            message = f"{name.upper()}_KEY must be {KEY_BYTES} bytes in hexadecimal"
            raise BadKeyError(message)
        return bytes.fromhex(text)

    ring = Keyring(
        fields=FieldCipher(key("field", settings.field_key)),
        email_index=KeyedHash(key("index", settings.index_key)),
        refresh=KeyedHash(key("refresh", settings.refresh_key)),
        idempotency=KeyedHash(key("idempotency", settings.idempotency_key)),
    )
    return Keys(ring, (SigningKey.of(private),))


def _private_key(pem: str) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        message = "TOKEN_KEY must be an Ed25519 private key in PEM form, without a passphrase"
        raise BadKeyError(message)
    return private


def _secret(given: SecretStr | None, path: Path, make: Callable[[], str]) -> str:
    if given is not None:
        return given.get_secret_value()
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(make(), encoding="ascii")
        unfinished.chmod(0o400)
        unfinished.rename(path)
    return path.read_text(encoding="ascii").strip()


def _new_key() -> str:
    return secrets.token_hex(KEY_BYTES)


def _new_signing_key() -> str:
    private = Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
