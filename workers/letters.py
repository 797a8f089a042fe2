"""The one look of all mails: HTML that MJML made, and the same as plain text.

MJML is turned into HTML once, while the places for texts are still empty; what people wrote is put into them
afterwards, escaped, so that it never meets the reader of MJML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import mrml
from jinja2 import Environment, StrictUndefined, Template

from schemas.types import Locale

FOLDER: Final = Path(__file__).parents[1] / "web" / "mail"


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that a letter tells of."""

    title: str
    text: str
    when: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a letter says in one language. `link` becomes a button that says `action`; `small` stands below it.

    Plain text has no room for a title beside the subject, unless it `repeats_title`.
    """

    language: Locale
    title: str
    lines: Sequence[str] = ()
    code: str | None = None
    items: Sequence[Item] = ()
    more: str | None = None
    link: str | None = None
    action: str = ""
    small: Sequence[str] = ()
    repeats_title: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Foot:
    """A line under the letter: why it came, and what ends it."""

    language: Locale
    text: str
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is written: a part in each of its languages, the first of which is that of the document."""

    subject: str
    preheader: str
    school: str
    parts: Sequence[Part]
    foot: Sequence[Foot] = ()


def as_html(letter: Letter) -> str:
    """A document that asks nothing of the network."""
    return _fill(_html(), letter)


def as_text(letter: Letter) -> str:
    return _fill(_text(), letter).strip() + "\n"


def _fill(template: Template, letter: Letter) -> str:
    return template.render(
        subject=letter.subject,
        preheader=letter.preheader,
        school=letter.school,
        parts=letter.parts,
        foot=letter.foot,
        language=letter.parts[0].language,
    )


@cache
def _html() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = mrml.to_html((FOLDER / "letter.mjml").read_text(encoding="utf-8"), None, mrml.RenderOptions(fonts={}))
    return environment.from_string(str(page.content))


@cache
def _text() -> Template:
    environment = Environment(autoescape=False, undefined=StrictUndefined)  # noqa: S701 - plain text
    return environment.from_string((FOLDER / "letter.txt").read_text(encoding="utf-8"))
