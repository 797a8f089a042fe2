"""Where keys come from: the settings, or in development files that are made at the first start."""

from __future__ import annotations

import fcntl
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pydantic import SecretStr

from server.settings import Settings
from server.token_keys import BadKeyError, TokenKey, in_folder, in_force, instant_of, new_signing_key, signing_key
from services.accounts.tokens import SigningKey
from services.crypto import FIRST, BlindIndex, FieldCipher, KeyedHash, Keyring, KeyVersion
from services.vapid import VapidKey

KEY_BYTES = 32

_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
_VERSION = re.compile(rf"(k[1-9][0-9]{{0,5}})(?:@(\d{{8}}T\d{{6}}Z))?:({_HEX.pattern})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one school; each comes from a root of its own.

    `audit` is None where nothing is sealed, `vapid` where no browser is told.
    """

    ring: Keyring
    tokens: tuple[TokenKey, ...]
    fields: tuple[KeyVersion, ...]
    index: tuple[KeyVersion, ...]
    audit: bytes | None
    vapid: VapidKey | None = None

    @property
    def signing(self) -> tuple[SigningKey, ...]:
        """The key that signs now, then the others that verify."""
        return in_force(self.tokens, time.time())


def key_folder(settings: Settings) -> Path:
    return settings.data_dir / "keys"


def token_folder(settings: Settings) -> Path:
    return settings.token_keys_dir or key_folder(settings)


def load_keys(settings: Settings) -> Keys:
    """Read every key; in development a missing one is generated, under a lock, so that it is made once."""
    if settings.is_production:
        return read_keys(settings)
    with locked(key_folder(settings)):
        return _load(settings, _made)


def read_keys(settings: Settings) -> Keys:
    """Read every key, and make none: a process that runs knows what there must be."""
    return _load(settings, lambda path, _: path.read_text(encoding="ascii").strip())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else makes or changes keys in this folder meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _load(settings: Settings, stored: Callable[[Path, Callable[[], str]], str]) -> Keys:
    def text(name: str, given: SecretStr | None) -> str:
        return given.get_secret_value() if given is not None else stored(key_folder(settings) / f"{name}.key", _new_key)

    fields = _versions("FIELD_KEY", text("field", settings.field_key))
    index = _versions("INDEX_KEY", text("index", settings.index_key))
    ring = Keyring(
        fields=FieldCipher(*fields),
        email_index=BlindIndex(*index),
        refresh=KeyedHash(_single("REFRESH_KEY", text("refresh", settings.refresh_key))),
        idempotency=KeyedHash(_single("IDEMPOTENCY_KEY", text("idempotency", settings.idempotency_key))),
    )
    sealed = settings.audit_key is not None or not settings.is_production
    audit = _single("AUDIT_KEY", text("audit", settings.audit_key)) if sealed else None
    return Keys(ring, _token_keys(settings, stored), fields, index, audit, _vapid(settings, stored))


def _vapid(settings: Settings, stored: Callable[[Path, Callable[[], str]], str]) -> VapidKey | None:
    if settings.vapid_key is not None:
        return vapid_key(settings.vapid_key.get_secret_value())
    if settings.is_production:
        return None
    return vapid_key(stored(key_folder(settings) / "vapid.pem", new_vapid_key))


def vapid_key(pem: str) -> VapidKey:
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
        message = "VAPID_KEY must be a private key on P-256 in PEM form, without a passphrase"
        raise BadKeyError(message)
    return VapidKey(private)


def new_vapid_key() -> str:
    private = generate_private_key(SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _token_keys(settings: Settings, stored: Callable[[Path, Callable[[], str]], str]) -> tuple[TokenKey, ...]:
    """Those of the folder, and before them TOKEN_KEY or, where a folder may be filled, the one made at first."""
    folder = token_folder(settings)
    if settings.token_key is not None:
        first = TokenKey(signing_key(settings.token_key.get_secret_value(), "TOKEN_KEY"))
        return (first, *(key for key in in_folder(folder) if key.since))
    if not (found := tuple(in_folder(folder))) and not settings.is_production:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stored(folder / "token.pem", new_signing_key)
        found = tuple(in_folder(folder))
    if not found:
        message = f"TOKEN_KEYS_DIR holds no key: {folder}"
        raise BadKeyError(message)
    return found


def _single(name: str, text: str) -> bytes:
    if not _HEX.fullmatch(text):
        message = f"{name} must be {KEY_BYTES} bytes in hexadecimal"
        raise BadKeyError(message)
    return bytes.fromhex(text)


def _versions(name: str, text: str) -> tuple[KeyVersion, ...]:
    """One key in hexadecimal, or several as `k2@20270101T000000Z:…`, with commas or one a line; the first is k1."""
    if ":" not in text:
        return (KeyVersion(FIRST, _single(name, text)),)
    found = {}
    for entry in filter(None, re.split(r"[,\s]+", text)):
        match = _VERSION.fullmatch(entry if ":" in entry else f"{FIRST}:{entry}")
        if match is None or match[1] in found:
            message = f"{name} must be {KEY_BYTES} bytes in hexadecimal, or several as k2@20270101T000000Z:…"
            raise BadKeyError(message)
        since = instant_of(match[2]) if match[2] else 0.0
        found[match[1]] = KeyVersion(match[1], bytes.fromhex(match[3]), since)
    return tuple(found.values())


def _made(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        place(path, make())
    return path.read_text(encoding="ascii").strip()


def place(path: Path, text: str) -> None:
    """Write a key for its owner's eyes, whole or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text, encoding="ascii")
    unfinished.chmod(0o400)
    unfinished.rename(path)


def _new_key() -> str:
    return secrets.token_hex(KEY_BYTES)
