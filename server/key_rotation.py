"""Rotating keys by hand: `coursewire keys …`."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.jobs import ResealArgs
from schemas.types import now
from server.app import Core
from server.key_watch import LEAD_S
from server.keys import KEY_BYTES, Keys, key_folder, locked, place, read_keys, token_folder
from server.settings import Settings
from server.token_keys import INSTANT, KeyState, TokenKey, file_name, new_signing_key, states
from services.crypto import KeyVersion
from services.sealed import key_use
from services.unit import Author, Unit

PUBLISHED_BEFORE_S = 24 * 3600
"""How long a token key is published before it signs, so that whoever keeps our key set has it by then."""


class KeysElsewhereError(Exception):
    """The keys come from settings, so they are not ours to write: the text says what to put there."""


class KeyInUseError(Exception):
    """A key cannot be forgotten, because what it has sealed is still stored, or because it writes."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that signs next, and from when; `is_new` unless it was waiting already."""

    key: TokenKey
    since: datetime
    is_new: bool


def rotate(settings: Settings, *, at_once: bool) -> Rotated:
    """Publish the key that signs from tomorrow on. `at_once` it signs now, and every other key is void."""
    folder = token_folder(settings)
    if settings.is_production and settings.token_keys_dir is None:
        message = "TOKEN_KEY is one key. Set TOKEN_KEYS_DIR to a folder, where its followers can stand beside it."
        raise KeysElsewhereError(message)
    with locked(folder):
        standing = states(read_keys(settings).tokens, time.time())
        waiting = [key for key, state in standing if state is KeyState.NEXT]
        if waiting and not at_once:
            return Rotated(waiting[0], datetime.fromtimestamp(waiting[0].since, UTC), is_new=False)
        made = _place_token_key(folder, at_once=at_once)
        _remove(key for key, state in standing if at_once or state is KeyState.GONE)
        key = next(key for key in read_keys(settings).tokens if key.path == made)
    return Rotated(key, datetime.fromtimestamp(key.since, UTC), is_new=True)


def _place_token_key(folder: Path, *, at_once: bool) -> Path:
    since = int(time.time()) + (0 if at_once else PUBLISHED_BEFORE_S)
    while (path := folder / file_name(datetime.fromtimestamp(since, UTC), alone=at_once)).exists():
        since += 1
    place(path, new_signing_key())
    return path


def _remove(keys: Iterable[TokenKey]) -> None:
    for key in keys:
        if key.path is not None:
            key.path.unlink()


async def rotate_fields(core: Core, *, lead_s: float = LEAD_S) -> bool:
    """Add the next version of both field keys, unless one is under way, and seal everything anew with it.

    False when nothing was added, because older values wait for the newest key already.
    """
    keys = core.keys
    pending = not keys.ring.fields.is_settled or await is_outdated(keys)
    if not pending:
        if core.settings.field_key is not None or core.settings.index_key is not None:
            raise KeysElsewhereError(_to_add(keys.fields, lead_s))
        with locked(key_folder(core.settings)):
            for name, versions in (("field", keys.fields), ("index", keys.index)):
                _write(core.settings, name, (*versions, _next(versions, lead_s)))
    unit = Unit(at=now(), author=Author(request_id="keys"))
    unit.enqueue("fields.reseal", ResealArgs(), after_s=lead_s)
    unit.audit("keys.fields_rotated", f"key:{_next(keys.fields, 0).name if not pending else keys.fields[-1].name}")
    await core.committer.commit(unit)
    return not pending


async def is_outdated(keys: Keys) -> bool:
    """Whether something stored was made with another key than the newest."""
    newest = {keys.fields[-1].name, keys.index[-1].name}
    return any(set(+names) - newest for names in (await key_use(keys.ring.fields)).values())


async def forget(core: Core, name: str) -> None:
    """Take an old version out for good, if nothing that is stored needs it."""
    keys = core.keys
    if name not in {version.name for version in (*keys.fields, *keys.index)}:
        message = f"There is no key {name}."
        raise KeyInUseError(message)
    if name in {keys.ring.fields.writing.name, keys.ring.email_index.writing.name, keys.fields[-1].name}:
        message = f"{name} is the key that seals, or will. Run `coursewire keys rotate-fields` first."
        raise KeyInUseError(message)
    if needing := _needing(await key_use(keys.ring.fields), name):
        message = (
            f"{name} is needed by {needing}. Sealing anew goes on by itself: `coursewire keys list` shows how far."
        )
        raise KeyInUseError(message)
    if core.settings.field_key is not None or core.settings.index_key is not None:
        message = f"Nothing stored needs {name}: take it out of FIELD_KEY and INDEX_KEY."
        raise KeysElsewhereError(message)
    with locked(key_folder(core.settings)):
        for kind, versions in (("field", keys.fields), ("index", keys.index)):
            _write(core.settings, kind, [version for version in versions if version.name != name])
    unit = Unit(at=now(), author=Author(request_id="keys"))
    unit.audit("keys.forgotten", f"key:{name}")
    await core.committer.commit(unit)


def _needing(use: Mapping[str, Counter[str]], name: str) -> str:
    return ", ".join(f"{counts[name]} of {field}" for field, counts in use.items() if counts[name])


def _next(versions: Sequence[KeyVersion], lead_s: float) -> KeyVersion:
    number = 1 + max(int(version.name[1:]) for version in versions)
    return KeyVersion(f"k{number}", secrets.token_bytes(KEY_BYTES), int(time.time()) + lead_s)


def _write(settings: Settings, name: str, versions: Sequence[KeyVersion]) -> None:
    place(key_folder(settings) / f"{name}.key", "".join(f"{_line(version)}\n" for version in versions))


def _line(version: KeyVersion) -> str:
    since = f"@{datetime.fromtimestamp(version.since, UTC).strftime(INSTANT)}" if version.since else ""
    return f"{version.name}{since}:{version.key.hex()}"


def _to_add(versions: Sequence[KeyVersion], lead_s: float) -> str:
    version = _next(versions, max(lead_s, 3600))
    begins = _line(version).partition(":")[0]
    return (
        f"Add a line `{begins}:` and 32 new bytes in hexadecimal (openssl rand -hex 32) to FIELD_KEY, and such a line "
        "with other bytes to INDEX_KEY. Let every process see them before that instant; then run this again."
    )
