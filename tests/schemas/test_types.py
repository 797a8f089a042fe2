"""The words that every layer shares: what a text, an address or an id may be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.types import BIDI_OVERRIDES, Email, HttpsUrl, Id, In, Line, LongText, Name, Out, OutId, folded

CONTROLS = ["\0", "\a", "\b", "\x1b", "\x7f", "\x80", "\x9f"]


def reads(kind: object, value: object) -> object:
    return TypeAdapter(kind).validate_python(value, strict=True)


def refused(kind: object, value: object) -> str:
    with pytest.raises(ValidationError) as refusal:
        reads(kind, value)
    return refusal.value.errors()[0]["type"]


@pytest.mark.parametrize("text", ["x", "Zoë 🎓 O’Neil", "中文", "שלום", "a\u200db", "<b>&amp;</b>", "x" * 200])
@pytest.mark.parametrize("kind", [Line, LongText])
def test_any_script_is_text(kind, text):
    """Whatever people write in their languages is kept as written, but for the space around it."""
    assert reads(kind, f" {text}\n") == text


@pytest.mark.parametrize("character", sorted(BIDI_OVERRIDES) + CONTROLS, ids=ascii)
@pytest.mark.parametrize("kind", [Line, LongText])
def test_no_text_deceives_its_reader(kind, character):
    """What turns the direction of reading, or moves a terminal's cursor, is no part of a text."""
    assert refused(kind, f"a{character}b") == "forbidden_character"


@pytest.mark.parametrize("character", ["\n", "\t", "\u2028", "\u2029"], ids=ascii)
def test_a_line_is_one_line(character):
    """A title stays on one line, also for those who count other characters as its end."""
    assert refused(Line, f"a{character}b") == "single_line"


def test_a_long_text_has_lines():
    """An announcement may have lines and tabs."""
    assert reads(LongText, "a\n\n\tb") == "a\n\n\tb"


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t \u00a0\u2003"], ids=ascii)
@pytest.mark.parametrize("kind", [Line, LongText, Name])
def test_blank_is_no_text(kind, blank):
    """A text says something."""
    assert refused(kind, blank) == "string_too_short"


@pytest.mark.parametrize(("kind", "most"), [(Line, 200), (Name, 80), (LongText, 20_000)])
def test_lengths(kind, most):
    """Each kind of text has its bound, in characters."""
    assert reads(kind, "é" * most) == "é" * most
    assert refused(kind, "é" * (most + 1)).endswith("too_long")


@pytest.mark.parametrize("value", [1, 1.0, True, None, b"x", ["x"], {"x": 1}])
@pytest.mark.parametrize("kind", [Line, LongText, Email, Id])
def test_nothing_becomes_a_text(kind, value):
    """A number is not a text, and no object slips in where a text stands."""
    assert refused(kind, value) == "string_type"


@pytest.mark.parametrize(
    "address",
    [
        "a@b.cd",
        "ada.lovelace+tag@sub.school.example",
        "Ada_O'Neil@school.example",
        "zoë@schule.example",
        "a@b.c.museum",
    ],
)
def test_addresses(address):
    """An address is taken as people have them; whether it exists only a mail can tell."""
    assert reads(Email, f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "ada", "@b.cd", "a@", "a@b", "a@b.c", "a@b..", "a@b.c@d.ef", "a b@c.de", "<a@b.cd>", "Ada <a@b.cd>"),
        *("a@b.cd,e@f.gh", "a@b.cd;", "a@b.cd\nBcc: e@f.gh", "a@b.cd\r\nx", "a\0@b.cd", "a\u202e@b.cd", "a\u2028@b.cd"),
        *("a@[127.0.0.1]", '"a"@b.cd', "a@b.cd" + "x" * 254),
    ],
    ids=ascii,
)
def test_no_addresses(address):
    """One address only, without a name, a comment or a second header in it."""
    assert refused(Email, address)


@pytest.mark.parametrize(
    "value", ["", "65F0A1B2C3D4E5F60718293A", "65f0a1b2c3d4e5f60718293", "65f0a1b2c3d4e5f60718293a\n"]
)
def test_ids(value):
    """An id is 24 hexadecimal digits in small letters, and nothing around them."""
    assert reads(Id, "65f0a1b2c3d4e5f60718293a")
    assert refused(Id, value) == "string_pattern_mismatch"


@pytest.mark.parametrize(
    "value", ["http://a.example", "javascript:alert(1)", "//a.example", "HTTPS://a.example", "data:x"]
)
def test_links_are_https(value):
    """What is shown as a link or a picture is fetched safely."""
    assert reads(HttpsUrl, "https://a.example/x?y=z#é") == "https://a.example/x?y=z#é"
    assert refused(HttpsUrl, value) == "https_url"


def test_in_and_out():
    """What comes in is strict and in either spelling; what goes out is in camelCase."""

    class Asked(In):
        course_id: Id

    class Told(Out):
        course_id: OutId

    own = "65f0a1b2c3d4e5f60718293a"
    assert Asked(course_id=own) == Asked.model_validate({"courseId": own})
    assert Told(course_id=own).model_dump(by_alias=True) == {"courseId": own}
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Asked.model_validate({"courseId": own, "isAdmin": True})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        *(("É", "e"), ("e\u0301", "e"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("İ", "i"), ("ﬁn", "fin")),
        *(("ℌ™", "htm"), ("Ångström", "angstrom"), ("中", "中"), ("", "")),
    ],
)
def test_folded(text, plain):
    """Search finds a word whatever its case, its accents and its typography."""
    assert folded(text) == plain


@settings(deadline=None)
@given(st.text())
def test_folding_twice_changes_nothing(text):
    """What is stored folded equals what is looked for folded."""
    assert folded(folded(text)) == folded(text) == folded(text.casefold())
