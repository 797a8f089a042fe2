"""Keys are made once in development, never in production, and a bad one says which it is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr

from server.keys import BadKeyError, Keys, load_keys
from server.settings import Settings

FILES = {"token.pem", "field.key", "index.key", "refresh.key", "idempotency.key", "audit.key", "vapid.pem"}
ED25519 = Ed25519PrivateKey.generate()


def settings(folder: Path, **told: str) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **{name: SecretStr(value) for name, value in told.items()})


def pem(private: object, lock: KeySerializationEncryption | None = None) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption()).decode()


def marks(keys: Keys) -> tuple[str, ...]:
    """What two rings have in common only if all of their keys are the same."""
    assert keys.ring.fields.open(keys.ring.fields.seal("x", "p"), "p") == "x"
    hashes = (keys.ring.email_index, keys.ring.refresh, keys.ring.idempotency)
    return (*(found.of("x") for found in hashes), *(key.kid for key in keys.signing))


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def test_made_once(tmp_path):
    """The first start makes seven different keys, which their owner alone may read; the next start finds them."""
    first, folder = load_keys(settings(tmp_path)), tmp_path / "keys"

    found = {path.name: path for path in folder.iterdir() if path.name != ".lock"}
    assert set(found) == FILES
    assert len({path.read_text() for path in found.values()}) == len(FILES)
    assert {S_IMODE(path.stat().st_mode) for path in found.values()} == {0o400}
    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert marks(load_keys(settings(tmp_path))) == marks(first)
    sealed = first.ring.fields.seal("kept", "p")
    assert load_keys(settings(tmp_path)).ring.fields.open(sealed, "p") == "kept"


def test_two_schools_share_nothing(tmp_path):
    """Another folder has other keys."""
    one, other = (marks(load_keys(settings(tmp_path / name))) for name in ("a", "b"))
    assert not set(one) & set(other)


@pytest.mark.parametrize("again", range(5))
def test_starts_at_once_agree(tmp_path, again):
    """Processes that start together end up with the same keys, whoever made them."""
    together = Barrier(8)

    def start(_: int) -> tuple[str, ...]:
        told = settings(tmp_path)
        together.wait()
        return marks(load_keys(told))

    with ThreadPoolExecutor(8) as starting:
        assert len(set(starting.map(start, range(8)))) == 1


def test_what_is_set_goes_before_files(tmp_path):
    """A key from the settings is used as it is, and no file is made for it."""
    given = load_keys(settings(tmp_path, token_key=pem(ED25519), index_key="AB" * 32))

    made = {path.name for path in (tmp_path / "keys").iterdir() if path.name != ".lock"}
    assert made == FILES - {"token.pem", "index.key"}
    assert given.ring.email_index.writing.key == bytes.fromhex("ab" * 32)


@pytest.mark.parametrize(
    "wrong",
    ["", "hidden", "zz" * 32, "ab" * 31, "ab" * 33, "ab " * 32, "0x" + "ab" * 31, "é" * 64, "٣" * 64],
    ids=ascii,
)
@pytest.mark.parametrize("name", ["field", "index", "refresh", "idempotency", "audit"])
def test_a_bad_key_names_itself(tmp_path, name, wrong):
    """A key of another form is refused under its name, and without its value."""
    with pytest.raises(BadKeyError, match=f"^{name.upper()}_KEY must be 32 bytes in hexadecimal$"):
        load_keys(settings(tmp_path, **{f"{name}_key": wrong}))


BAD_PEMS = {
    "nothing": "",
    "garbage": "hidden",
    "a torn file": pem(ED25519)[:60],
    "another kind of key": pem(generate_private_key(SECP256R1())),
    "a public key": ED25519.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "a key with a passphrase": pem(ED25519, BestAvailableEncryption(b"hidden")),
}


@pytest.mark.parametrize("wrong", BAD_PEMS.values(), ids=BAD_PEMS)
def test_a_bad_signing_key_names_itself(tmp_path, wrong):
    """The same for the key that signs tokens, whatever the library makes of it."""
    with pytest.raises(BadKeyError, match=r"^TOKEN_KEY must be an Ed25519 private key in PEM form"):
        load_keys(settings(tmp_path, token_key=wrong))


def test_a_torn_file_names_itself(tmp_path):
    """A key file that was cut short is not replaced, which would lose data: the start is refused."""
    load_keys(settings(tmp_path))
    torn = tmp_path / "keys" / "field.key"
    torn.chmod(0o600)
    torn.write_text("ab")

    with pytest.raises(BadKeyError, match="FIELD_KEY"):
        load_keys(settings(tmp_path))
    assert torn.read_text() == "ab"
