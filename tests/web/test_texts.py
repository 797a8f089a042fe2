"""The texts of the pages, in two languages."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def texts(language: str) -> set[str]:
    files = sorted((WEB / "locales").glob(f"{language}*.ftl"))
    named = [name for file in files for name in re.findall(r"^([a-z-]+) =", file.read_text("utf-8"), re.MULTILINE)]
    assert len(named) == len(set(named)), "a text that stands twice"
    return set(named)


def test_both_languages_say_everything():
    """No text is missing in either, and every text that a page names is there."""
    modules = [path.read_text(encoding="utf-8") for path in (WEB / "app").rglob("*.js")]
    named = {name for module in modules for name in re.findall(r'\bt\("([a-z-]+)"', module)}
    assert texts("en") == texts("fr")
    assert len(named) > 40
    assert named - texts("en") == set()
