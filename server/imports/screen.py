"""What an import shows: a progress bar, the bad lines, and a summary with time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.roster import RosterOutcome, RosterReportOut
from server.app import Core
from server.imports.oulad import OuladImport, Summary
from server.imports.oulad_files import OuladFiles, Problem

MAX_SHOWN: Final = 50
"""Of more bad lines than these only the number is told."""


async def show_oulad(core: Core, folder: Path, owner: str | None, console: Console) -> None:
    """Import OULAD, with a progress bar while it runs."""
    problems: list[Problem] = []
    skipped = 0

    def skip(problem: Problem) -> None:
        nonlocal skipped
        skipped += 1
        if len(problems) < MAX_SHOWN:
            problems.append(problem)

    files = OuladFiles(folder, skip)
    began = time.monotonic()
    bar = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*bar, TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("students", total=files.students.stat().st_size, rate="")
        rows_done = 0

        def advance(size: int, rows: int) -> None:
            nonlocal rows_done
            rows_done += rows
            rate = rows_done / (time.monotonic() - began)
            progress.update(task, advance=size, rate=f"{rate:,.0f} rows/s")

        summary = await OuladImport(core, files, owner, advance).run()
        progress.update(task, completed=files.students.stat().st_size)
    for problem in problems:
        _say(console, f"skipped {problem.file} line {problem.line}: {problem.text}")
    if skipped > len(problems):
        _say(console, f"… and {skipped - len(problems)} more lines skipped")
    console.print(_table(_oulad_rows(summary, skipped, time.monotonic() - began)))


def _oulad_rows(summary: Summary, skipped: int, seconds: float) -> Iterable[tuple[str, str]]:
    yield "courses added", f"{summary.courses:,}"
    yield "accounts added", f"{summary.people:,}"
    yield "enrollments added", f"{summary.enrollments:,}"
    yield "enrollments that were there", f"{summary.unchanged:,}"
    yield "lines skipped", f"{skipped:,}"
    yield "rows read", f"{summary.rows:,}"
    yield "seconds", f"{seconds:.1f}"
    yield "rows per second", f"{summary.rows / seconds:,.0f}"
    yield "peak memory", f"{peak_mib():.0f} MiB"


def show_roster(report: RosterReportOut, console: Console) -> None:
    """Report line by line what was not simply enrolled, then the counts."""
    for line in report.lines:
        if line.outcome is not RosterOutcome.ENROLLED:
            _say(console, f"line {line.line}: {line.outcome}, {line.code}: {line.message} {line.email}".rstrip())
    counts = [
        ("enrolled", report.enrolled),
        ("unchanged", report.unchanged),
        ("refused", report.refused),
        ("invited by mail", report.invited),
    ]
    console.print(_table((name, f"{count:,}") for name, count in counts))
    if report.dry_run:
        console.print("This was a dry run: nothing was changed.")


def peak_mib() -> float:
    """The most memory that this process has had.

    On Linux from /proc, because there `ru_maxrss` begins with what the parent had when it forked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        mark = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(mark.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


def _say(console: Console, text: str) -> None:
    """Print what came out of a file: no markup, and nothing that a terminal would act on."""
    console.print(escape("".join(c if c.isprintable() else "�" for c in text)), highlight=False, soft_wrap=True)


def _table(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table
