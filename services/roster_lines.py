"""Lines of a roster, judged by themselves: what can be said before anyone looks into the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schemas.types import Email, Line, Name, UserRole
from services.crypto import normalised_email


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line was not simply enrolled: a code to switch on, and a text in English and French."""

    code: str
    en: str
    fr: str

    def text(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


TOO_FEW_COLUMNS: Final = Reason(
    "too_few_columns",
    "The line has fewer cells than the header.",
    "La ligne a moins de cellules que l’en-tête.",
)
TOO_MANY_COLUMNS: Final = Reason(
    "too_many_columns",
    "The line has more cells than the header; put quotes around a cell that contains the separator.",
    "La ligne a plus de cellules que l’en-tête ; mettez entre guillemets une cellule qui contient le séparateur.",
)
BROKEN_QUOTES: Final = Reason(
    "broken_quotes",
    "A quote is opened and not closed on this line.",
    "Un guillemet est ouvert et n’est pas fermé sur cette ligne.",
)
NOT_UTF8: Final = Reason(
    "not_utf8",
    "The line is not UTF-8; save the file as “CSV UTF-8”.",
    "La ligne n’est pas en UTF-8 ; enregistrez le fichier en « CSV UTF-8 ».",
)
LINE_TOO_LONG: Final = Reason(
    "line_too_long",
    "The line is longer than any line of a roster.",
    "La ligne est plus longue qu’aucune ligne d’une liste.",
)
NAME_MISSING: Final = Reason("name_missing", "The name is empty.", "Le nom est vide.")
NAME_TOO_LONG: Final = Reason(
    "name_too_long",
    "The name is too long: at most 80 characters for the first and for the last name.",
    "Le nom est trop long : au plus 80 caractères pour le prénom et pour le nom de famille.",
)
EMAIL_MISSING: Final = Reason("email_missing", "The address is empty.", "L’adresse est vide.")
EMAIL_MALFORMED: Final = Reason(
    "email_malformed",
    "This is not an e-mail address.",
    "Ceci n’est pas une adresse électronique.",
)
FORBIDDEN_CHARACTER: Final = Reason(
    "forbidden_character",
    "A cell contains an invisible character that is not allowed.",
    "Une cellule contient un caractère invisible qui n’est pas permis.",
)
FORMULA: Final = Reason(
    "formula",
    "A cell begins with =, +, - or @, which spreadsheets would run as a formula.",
    "Une cellule commence par =, +, - ou @, ce qu’un tableur exécuterait comme formule.",
)
ROLE_UNKNOWN: Final = Reason(
    "role_unknown",
    "The role must be “student”.",
    "Le rôle doit être « student ».",
)
DUPLICATE: Final = Reason(
    "duplicate",
    "An earlier line has the same address.",
    "Une ligne précédente porte la même adresse.",
)

_NAME_REASONS: Final = {
    "string_too_short": NAME_MISSING,
    "string_too_long": NAME_TOO_LONG,
    "too_long": NAME_TOO_LONG,
    "forbidden_character": FORBIDDEN_CHARACTER,
    "single_line": FORBIDDEN_CHARACTER,
}
_line: Final = TypeAdapter[str](Line)
_name: Final = TypeAdapter[str](Name)
_email: Final = TypeAdapter[str](Email)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was given. `damage` is what the reader of the file found already."""

    line: int
    name: str = ""
    email: str = ""
    role: str = ""
    damage: Reason | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """A line with which nothing is wrong in itself."""

    first_name: str
    last_name: str
    email: str


class _UnsoundError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def judge(rows: Sequence[Row]) -> list[tuple[Row, Sound | Reason]]:
    """Each row with what it says, or with the first thing that is wrong with it."""
    judged: list[tuple[Row, Sound | Reason]] = []
    seen: set[str] = set()
    for row in rows:
        verdict = _judge_one(row)
        if isinstance(verdict, Sound):
            address = normalised_email(verdict.email)
            verdict = DUPLICATE if address in seen else verdict
            seen.add(address)
        judged.append((row, verdict))
    return judged


def _judge_one(row: Row) -> Sound | Reason:
    if row.damage is not None:
        return row.damage
    try:
        email = _address(row.email)
        first, last = _names(row.name)
    except _UnsoundError as error:
        return error.reason
    if row.role.strip().casefold() != UserRole.STUDENT:
        return ROLE_UNKNOWN
    return Sound(first, last, email)


def _address(cell: str) -> str:
    if not cell.strip():
        raise _UnsoundError(EMAIL_MISSING)
    _refuse_formula(cell)
    try:
        return _email.validate_python(cell)
    except ValidationError as error:
        kind = error.errors()[0]["type"]
        raise _UnsoundError(FORBIDDEN_CHARACTER if kind == "forbidden_character" else EMAIL_MALFORMED) from None


def _names(cell: str) -> tuple[str, str]:
    """First and last name, from `Ada Lovelace` or `Lovelace, Ada`; a single name is a first name."""
    try:
        whole = _line.validate_python(cell)
        if "," in whole:
            last, _, first = (part.strip() for part in whole.partition(","))
        else:
            first, _, last = (part.strip() for part in whole.rpartition(" "))
        first, last = (first, last) if first else (last, "")
        for part in (first, last):
            _refuse_formula(part)
        return _name.validate_python(first), _name.validate_python(last) if last else ""
    except ValidationError as error:
        raise _UnsoundError(_NAME_REASONS.get(error.errors()[0]["type"], FORBIDDEN_CHARACTER)) from None


def _refuse_formula(cell: str) -> None:
    if cell.lstrip().startswith(("=", "+", "-", "@")):
        raise _UnsoundError(FORMULA)
