"""The texts of the pages, in two languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"


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


def words_of_the_house() -> Iterator[str]:
    """Every text in the code as an id of a text is spelled; one with a gap as far as the gap, and a star."""
    for layer in ("handlers", "services"):
        for path in (ROOT / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    yield re.sub("[._]", "-", str(node.values[0].value)) + "*"
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield re.sub("[._]", "-", node.value)


@pytest.mark.parametrize("prefix", ["did-", "left-", "amr-"])
def test_what_the_server_calls_by_name_has_that_name_in_the_texts(prefix: str):
    """Actions of the audit log, reasons why sessions end, ways to prove who one is: none goes by an old name."""
    known = {*words_of_the_house(), "other"}
    named = {name.removeprefix(prefix) for name in texts("en") if name.startswith(prefix)}
    assert len(named) > 5
    assert {name for name in named if not {name, f"{name.partition('-')[0]}-*"} & known} == set()
