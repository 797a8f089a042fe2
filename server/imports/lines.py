"""Reading CSV line by line: bounded memory, whatever the file is, and a bad line spoils only itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.roster_lines import BROKEN_QUOTES, LINE_TOO_LONG, NOT_UTF8, Reason

MAX_LINE: Final = 16 * 1024
BOM: Final = "\ufeff"
SEPARATORS: Final = ",;"


class ImportRefusedError(Exception):
    """The whole file, or what was asked for with it, cannot be imported."""


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A line's number in the file, its size, and its cells, or what makes it unreadable."""

    number: int
    size: int
    cells: Sequence[str] = ()
    damage: Reason | None = None

    @property
    def is_blank(self) -> bool:
        return self.damage is None and not any(cell.strip() for cell in self.cells)


def read_csv(path: Path) -> tuple[Sequence[str], Iterator[CsvLine]]:
    """The header's names in lower case, and the lines behind it. A quoted cell does not span lines here."""
    lines = _raw_lines(path)
    _, first = next(lines, (1, b""))
    try:
        header = first.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError:
        message = f"{path.name}: the file is not UTF-8; save it as “CSV UTF-8”."
        raise ImportRefusedError(message) from None
    separator = max(SEPARATORS, key=header.count)
    names = [name.strip().casefold() for name in _cells(header, separator) or ()]
    return names, (_parsed(number, raw, separator) for number, raw in lines)


def columns(path: Path, header: Sequence[str], *names: str) -> list[int]:
    """Where the named columns stand; `ImportRefusedError` names those that are missing."""
    missing = [name for name in names if name not in header]
    if missing:
        message = f"{path.name}: the first line must name the columns {', '.join(names)}; {', '.join(missing)} missing."
        raise ImportRefusedError(message)
    return [header.index(name) for name in names]


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its number. One that is too long comes cut, one byte over the limit."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE + 1):
            number += 1
            rest = raw
            while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
                rest = file.readline(MAX_LINE + 1)
            yield number, raw


def _parsed(number: int, raw: bytes, separator: str) -> CsvLine:
    size = len(raw)
    if size > MAX_LINE:
        return CsvLine(number, size, damage=LINE_TOO_LONG)
    try:
        cells = _cells(raw.decode("utf-8"), separator)
    except UnicodeDecodeError:
        return CsvLine(number, size, damage=NOT_UTF8)
    return CsvLine(number, size, damage=BROKEN_QUOTES) if cells is None else CsvLine(number, size, cells)


def _cells(text: str, separator: str) -> Sequence[str] | None:
    """The cells of one line; None when its quotes do not match."""
    try:
        return next(csv.reader([text.rstrip("\r\n")], delimiter=separator, strict=True), [])
    except csv.Error:
        return None
