"""Fields at rest, and the indexes that find them without opening them."""

import base64

import pytest
from cryptography.exceptions import InvalidTag

from services.crypto import (
    NONCE_BYTES,
    BlindIndex,
    FieldCipher,
    KeyedHash,
    KeyVersion,
    UnknownKeyError,
    digest_of,
    key_name,
    normalised_email,
)

NEVER = 1e12
K1, K2 = KeyVersion("k1", bytes(32)), KeyVersion("k2", bytes([2] * 32), 1.0)
CIPHER = FieldCipher(K1)
PLACE = ("users", "65f0a1b2c3d4e5f60718293a", "email")


@pytest.mark.parametrize("text", ["", "ada@school.example", "Zoë 🎓", "a:b/c", "x" * 100_000], ids=len)
def test_what_is_sealed_opens_at_its_place(text):
    """Any text comes back as it was, and does not show in what is stored."""
    sealed = CIPHER.seal(text, *PLACE)

    assert CIPHER.open(sealed, *PLACE) == text
    assert not text or text not in sealed


@pytest.mark.parametrize(
    "place",
    [
        ("users", "65f0a1b2c3d4e5f60718293b", "email"),
        ("users", "65f0a1b2c3d4e5f60718293a", "phone"),
        ("courses", "65f0a1b2c3d4e5f60718293a", "email"),
        ("users", "65f0a1b2c3d4e5f60718293a"),
        (),
    ],
)
def test_a_ciphertext_does_not_open_elsewhere(place):
    """Moved to another row, field or collection, it is refused: nobody gets another's value by copying."""
    with pytest.raises(InvalidTag):
        CIPHER.open(CIPHER.seal("ada@school.example", *PLACE), *place)


@pytest.mark.parametrize("at", [0, NONCE_BYTES, -1])
def test_a_changed_ciphertext_does_not_open(at):
    """One changed bit in the nonce, the text or the tag is noticed."""
    sealed = bytearray(CIPHER.seal_bytes(b"answer", *PLACE))
    sealed[at] ^= 1

    with pytest.raises(InvalidTag):
        CIPHER.open_bytes(bytes(sealed), *PLACE)


def test_another_key_opens_nothing():
    """Each school's fields open with its own key only."""
    with pytest.raises(InvalidTag):
        FieldCipher(KeyVersion("k1", bytes([1] * 32))).open(CIPHER.seal("x", *PLACE), *PLACE)


def test_equal_texts_do_not_look_equal():
    """Whoever reads the database cannot tell who shares a value; the text names its key, for rotation."""
    sealed = {CIPHER.seal("same", *PLACE) for _ in range(50)}

    assert len(sealed) == 50
    assert all(text.startswith("k1:") and base64.b64decode(text[3:]) for text in sealed)


def test_s33_the_newest_key_seals_and_every_key_opens():
    """Once a key has begun it seals; what older ones sealed still opens; without its key nothing does."""
    old, both, new = FieldCipher(K1), FieldCipher(K2, K1), FieldCipher(K2)

    before, after = old.seal("x", *PLACE), both.seal("x", *PLACE)
    assert (key_name(before), key_name(after)) == ("k1", "k2")
    assert [both.open(each, *PLACE) for each in (before, after)] == ["x", "x"]
    with pytest.raises(UnknownKeyError):
        new.open(before, *PLACE)
    answer = both.seal_bytes(b"x", *PLACE)
    assert (answer[:3], new.open_bytes(answer, *PLACE)) == (b"k2:", b"x")
    assert both.open_bytes(old.seal_bytes(b"y", *PLACE).removeprefix(b"k1:"), *PLACE) == b"y"


def test_a_key_that_waits_only_opens():
    """Every process knows a key before any process seals with it."""
    ring = FieldCipher(K1, KeyVersion("k2", bytes([2] * 32), NEVER))

    assert (ring.writing.name, ring.is_settled, ring.names) == ("k1", False, ("k1", "k2"))
    assert ring.seal("x", *PLACE).startswith("k1:")
    assert ring.open(FieldCipher(K2).seal("x", *PLACE), *PLACE) == "x"


def test_a_blind_index_is_found_under_every_key():
    """What was stored under the first key is plain, as ever; later keys name themselves, and a search asks for all."""
    old, both = BlindIndex(K1), BlindIndex(K1, K2)

    assert old.of("ada") == KeyedHash(bytes(32)).of("ada") == old.any_of("ada")
    assert both.any_of("ada") == {"$in": [old.of("ada"), both.of("ada")]}
    assert (key_name(old.of("ada")), key_name(both.of("ada"))) == ("k1", "k2")


def test_blind_index():
    """Equal input under one key is equal, under another not, and parts do not run into each other."""
    index = KeyedHash(bytes(32))

    assert index.of("ab", "c") == index.of(b"ab", b"c")
    others = [index.of("a", "bc"), index.of("abc"), index.of("ab", "c", ""), KeyedHash(bytes([1] * 32)).of("ab", "c")]
    assert len({index.of("ab", "c"), *others}) == 5
    assert len(index.of("")) == 64


@pytest.mark.parametrize("spelled", ["ada@school.example", " Ada@School.Example\n", "ADA@SCHOOL.EXAMPLE"])
def test_addresses_that_differ_by_case_are_one(spelled):
    """An account is found, and a second one refused, however the address is typed."""
    assert normalised_email(spelled) == "ada@school.example"


def test_digest():
    """The digest of a secret is plain SHA-256 (FIPS 180-4, the vector of "abc")."""
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
