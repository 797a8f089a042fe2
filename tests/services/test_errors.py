"""Every refusal that the house knows."""

import re
from collections import Counter
from string import Formatter

import pytest

from schemas.types import UserRole
from services.errors import DomainError, InvalidInput, RoleRequiresInvite, Unavailable


def subclasses(kind: type[DomainError]) -> list[type[DomainError]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *subclasses(sub))]


KINDS = subclasses(DomainError)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_codes_are_unique():
    """A client can switch on the code: one meaning each, in snake_case."""
    counted = Counter(kind.code for kind in KINDS)
    assert counted.most_common(1)[0][1] == 1
    assert [code for code in counted if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_texts(kind):
    """Both languages have a text of their own, and the same values fill both."""
    filled = dict.fromkeys(fields(kind.en), "X")

    assert fields(kind.en) == fields(kind.fr)
    assert "" not in filled
    assert kind.en.format_map(filled).strip() != kind.fr.format_map(filled).strip() != ""


@pytest.mark.parametrize("kind", KINDS)
def test_status_and_category(kind):
    """Every refusal is a 4xx or 5xx, and its category agrees; what may be retried is nobody's mistake."""
    assert 400 <= kind.status < 600
    expected = "auth" if kind.status in {401, 403} else "server" if kind.status >= 500 else "validation"
    assert kind.category() == expected
    assert not kind.retryable or kind.status >= 500 or kind.status in {408, 409, 429}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "__init__" not in vars(kind)])
def test_can_be_raised(kind):
    """Raised with its values, it speaks both languages, and English where it is asked for another."""
    error = kind(**dict.fromkeys(fields(kind.en), "X"))

    assert error.text("en") == error.text("de") == str(error) != error.text("fr")


def test_can_be_raised_with_their_own_words():
    """Two fill in their values themselves."""
    assert "instructor" in RoleRequiresInvite(UserRole.INSTRUCTOR).text("fr")
    assert Unavailable().retry_after_s == 1


def test_a_missing_value_is_noticed():
    """A text with a hole is a fault where it is raised, not where it is read."""
    kind = next(kind for kind in KINDS if fields(kind.en))
    with pytest.raises(KeyError):
        kind()
    assert InvalidInput().fields == ()
