"""The keys that sign access tokens, as they follow each other: next, active, retiring, gone.

A file says in its name from when it signs, so every process that sees the folder agrees without being told:
`token-20270101T000000Z.pem`. `token.pem`, and TOKEN_KEY, have always signed. A name that ends in `-alone` voids every
key before it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from services.accounts.tokens import LEEWAY_S, LIFE, SigningKey

INSTANT = "%Y%m%dT%H%M%SZ"

_NAME = re.compile(r"token(?:-(\d{8}T\d{6}Z)(-alone)?)?\.pem")


class BadKeyError(Exception):
    """A key is set, but it is not of the form that its name promises."""


class KeyState(StrEnum):
    """What a key does now. All but `gone` verify and are published."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key, from when it signs, and whether those before it are void from then on."""

    signing: SigningKey
    since: float = 0.0
    alone: bool = False
    path: Path | None = None


def states(keys: Sequence[TokenKey], at: float) -> list[tuple[TokenKey, KeyState]]:
    """What each key does at this instant, in the order in which they sign."""
    ordered = sorted(keys, key=lambda key: key.since)
    begun = [key for key in ordered if key.since <= at] or ordered[:1]
    active = begun[-1]
    voided_before = max((key.since for key in begun if key.alone), default=float("-inf"))
    found = []
    for position, key in enumerate(ordered):
        if key is active:
            state = KeyState.ACTIVE
        elif key not in begun:
            state = KeyState.NEXT
        elif key.since < voided_before or at >= ordered[position + 1].since + LIFE.total_seconds() + LEEWAY_S:
            state = KeyState.GONE
        else:
            state = KeyState.RETIRING
        found.append((key, state))
    return found


def in_force(keys: Sequence[TokenKey], at: float) -> tuple[SigningKey, ...]:
    """The key that signs, then the others that verify."""
    standing = states(keys, at)
    active = [key.signing for key, state in standing if state is KeyState.ACTIVE]
    others = [key.signing for key, state in standing if state in {KeyState.NEXT, KeyState.RETIRING}]
    return (*active, *others)


def in_folder(folder: Path) -> Iterable[TokenKey]:
    """The keys of a folder; files of other names are not ours."""
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if (name := _NAME.fullmatch(path.name)) is not None:
            since = instant_of(name[1]) if name[1] else 0.0
            yield TokenKey(signing_key(path.read_text(encoding="ascii"), path.name), since, bool(name[2]), path)


def instant_of(text: str) -> float:
    try:
        return datetime.strptime(text, INSTANT).replace(tzinfo=UTC).timestamp()
    except ValueError:
        message = f"{text} is no instant such as 20270101T000000Z"
        raise BadKeyError(message) from None


def file_name(since: datetime, *, alone: bool) -> str:
    return f"token-{since.astimezone(UTC).strftime(INSTANT)}{'-alone' if alone else ''}.pem"


def signing_key(pem: str, name: str) -> SigningKey:
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        message = f"{name} must be an Ed25519 private key in PEM form, without a passphrase"
        raise BadKeyError(message)
    return SigningKey.of(private)


def new_signing_key() -> str:
    private = Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
