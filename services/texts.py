"""Texts in both languages, from the files that the pages read, too (`web/locales/`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import FluentType

from schemas.types import Locale

Fact: TypeAlias = str | int | FluentType
"""What a text can name; an instant is said in the text's language."""

FOLDER: Final = Path(__file__).parents[1] / "web" / "locales"


def say(language: Locale, text_id: str, facts: Mapping[str, Fact] | None = None) -> str:
    """The text with the facts in it; an id without a text is a `LookupError`."""
    message = _bundle(language).get_message(text_id)
    if message.value is None:
        raise LookupError(text_id)
    text, _ = _bundle(language).format_pattern(message.value, dict(facts or {}))
    return str(text)


@cache
def _bundle(language: Locale) -> FluentBundle:
    bundle = FluentBundle([language.value], use_isolating=False)
    for path in sorted(FOLDER.glob(f"{language.value}*.ftl")):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    return bundle
