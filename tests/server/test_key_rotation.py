"""Keys that follow each other: which signs, which verifies, and what is written where."""

from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.key_rotation import PUBLISHED_BEFORE_S, KeysElsewhereError, rotate
from server.keys import load_keys, read_keys
from server.settings import AppEnv, Settings
from server.token_keys import BadKeyError, KeyState, TokenKey, file_name, in_force, new_signing_key, states
from services.accounts.tokens import LEEWAY_S, LIFE, SigningKey

OUTLIVED_S = LIFE.total_seconds() + LEEWAY_S
HEX = "ab" * 32


def key(since: float, *, alone: bool = False) -> TokenKey:
    return TokenKey(SigningKey.of(Ed25519PrivateKey.generate()), since, alone)


def kids(folder: Path) -> list[str]:
    return [key.kid for key in load_keys(settings(folder)).signing]


def settings(folder: Path, **told: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **told)


OLD, NEW = key(0), key(1000)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (999, ("active", "next")),
        (1000, ("retiring", "active")),
        (1000 + OUTLIVED_S - 1, ("retiring", "active")),
        (1000 + OUTLIVED_S, ("gone", "active")),
    ],
)
def test_keys_come_and_go_by_the_clock(at, expected):
    """A key is published before it signs, and verifies until the last token of it has expired."""
    assert tuple(state.value for _, state in states([NEW, OLD], at)) == expected
    assert in_force([NEW, OLD], 999) == (OLD.signing, NEW.signing)
    assert in_force([NEW, OLD], 1000) == (NEW.signing, OLD.signing)


def test_a_key_alone_voids_those_before_it_at_once():
    """In an emergency nobody waits for the tokens of the lost key to expire."""
    lost = [key(0), key(1000), key(2000)]
    alone = key(2000.5, alone=True)
    assert in_force([*lost, alone], 2001) == (alone.signing,)
    assert in_force([*lost, alone], 2000) == (lost[2].signing, lost[1].signing, alone.signing)


def test_rotation_publishes_a_key_that_signs_tomorrow(tmp_path):
    """The file is its owner's alone, a second call changes nothing, and the first key goes on."""
    before = kids(tmp_path)
    first = rotate(settings(tmp_path), at_once=False)
    again = rotate(settings(tmp_path), at_once=False)

    assert (first.is_new, again.is_new, again.key.path) == (True, False, first.key.path)
    assert S_IMODE(first.key.path.stat().st_mode) == 0o400
    assert (first.since - datetime.now(UTC)).total_seconds() == pytest.approx(PUBLISHED_BEFORE_S, abs=5)
    assert kids(tmp_path) == [*before, first.key.signing.kid]


def test_an_emergency_leaves_one_key(tmp_path):
    """`--now` signs at once, and takes every other key off the disk, the published one too."""
    load_keys(settings(tmp_path))
    rotate(settings(tmp_path), at_once=False)
    made = rotate(settings(tmp_path), at_once=True)

    assert kids(tmp_path) == [made.key.signing.kid]
    assert {path.name for path in (tmp_path / "keys").glob("*.pem")} == {made.key.path.name, "vapid.pem"}
    assert rotate(settings(tmp_path), at_once=True).key.signing.kid != made.key.signing.kid


def test_keys_of_a_folder_follow_the_key_of_the_setting(tmp_path):
    """In production TOKEN_KEYS_DIR stands beside TOKEN_KEY, or instead of it; what is named otherwise is no key."""
    pem, folder = new_signing_key(), tmp_path / "tokens"
    folder.mkdir()
    (folder / "..data").write_text("mounted secrets have such files")
    assert len(load_keys(settings(tmp_path, token_keys_dir=folder, token_key=pem)).signing) == 1
    (folder / file_name(datetime(2020, 1, 1, tzinfo=UTC), alone=False)).write_text(new_signing_key())
    found = load_keys(settings(tmp_path, token_keys_dir=folder, token_key=pem)).tokens
    assert [state for _, state in states(found, 1e10)] == [KeyState.GONE, KeyState.ACTIVE]
    assert not (folder / "token.pem").exists()


def test_one_key_of_a_setting_cannot_be_rotated(tmp_path):
    """The text says which setting lets it."""
    told = settings(tmp_path).model_copy(update={"app_env": AppEnv.PRODUCTION})
    with pytest.raises(KeysElsewhereError, match="TOKEN_KEYS_DIR"):
        rotate(told, at_once=False)


def test_versions_of_a_field_key(tmp_path):
    """A plain key is k1; followers say from when they seal, one a line or with commas."""
    lines = f"{'ab' * 32}\nk2@20200101T000000Z:{'cd' * 32}, k3@29990101T000000Z:{'ef' * 32}\n"
    found = read_keys(settings(load_into(tmp_path), field_key=lines))

    assert [version.name for version in found.fields] == ["k1", "k2", "k3"]
    assert found.ring.fields.writing.key == bytes.fromhex("cd" * 32)
    assert not found.ring.fields.is_settled


@pytest.mark.parametrize("wrong", ["k2:ab", f"k0:{HEX}", f"k1:{HEX}", f"k2@2020:{HEX}", f"k2@20209999T000000Z:{HEX}"])
def test_a_bad_version_is_refused(tmp_path, wrong):
    """A key that would be read otherwise than it was meant is not read at all."""
    with pytest.raises(BadKeyError):
        read_keys(settings(load_into(tmp_path), field_key=f"{'ab' * 32},{wrong}"))


def load_into(folder: Path) -> Path:
    load_keys(settings(folder))
    return folder
