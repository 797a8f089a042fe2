"""`coursewire check`: the checks of the night, at once, to read. Nothing is kept of what they find."""

from __future__ import annotations

from rich.console import Console

from server.clients import open_database
from server.engines_of import any_engines
from server.keys import Keys, load_keys
from server.settings import Settings
from services.consistency.checks import CHECKS, Check
from services.consistency.looking import looking
from services.crypto import KeyedHash


async def show_checks(settings: Settings, console: Console) -> int:
    """Print what each check finds; returns how much that is."""
    keys, count = load_keys(settings), 0
    async with any_engines(settings) as urls, open_database(urls.mongodb_url, settings.mongodb_database):
        for check in CHECKS:
            if check.name == "audit" and keys.audit is None:
                console.print("[yellow]skip[/] audit: AUDIT_KEY is not set")
                continue
            found = await _all_pages(check, keys)
            console.print(f"{'[red]FAIL[/]' if found else '[green]ok[/]  '} {check.name}")
            for line in found:
                console.print(f"     {line}", highlight=False, soft_wrap=True, markup=False)
            count += len(found)
    return count


async def _all_pages(check: Check, keys: Keys) -> list[str]:
    found: list[str] = []
    audit, after = KeyedHash(keys.audit) if keys.audit else None, None
    while True:
        async with looking(keys.ring, audit, after) as look:
            seen = await check.run(look)
        found += [f"{problem.subject}: {problem.found}" for problem in seen.problems]
        if (after := seen.after) is None:
            return found
