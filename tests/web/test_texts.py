"""The texts of the pages, in two languages."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def texts(language: str) -> set[str]:
    text = (WEB / "locales" / f"{language}.ftl").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+) =", text, re.MULTILINE))


def test_both_languages_say_everything():
    """No text is missing in either, and every text that a page names is there."""
    modules = [path.read_text(encoding="utf-8") for path in (WEB / "app").glob("*.js")]
    named = {name for module in modules for name in re.findall(r'\bt\("([a-z-]+)"', module)}
    assert texts("en") == texts("fr")
    assert len(named) > 40
    assert named - texts("en") == set()
