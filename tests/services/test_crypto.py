"""Fields at rest, and the indexes that find them without opening them."""

import base64

import pytest
from cryptography.exceptions import InvalidTag

from services.crypto import NONCE_BYTES, FieldCipher, KeyedHash, digest_of, normalised_email

CIPHER = FieldCipher(bytes(32))
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
        FieldCipher(bytes([1] * 32)).open(CIPHER.seal("x", *PLACE), *PLACE)


def test_equal_texts_do_not_look_equal():
    """Whoever reads the database cannot tell who shares a value; the text names its key, for rotation."""
    sealed = {CIPHER.seal("same", *PLACE) for _ in range(50)}

    assert len(sealed) == 50
    assert all(text.startswith("k1:") and base64.b64decode(text[3:]) for text in sealed)


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
