"""docs/reference, rendered from the tables; a test fails when the rendering is stale."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from handlers.call import Route
from realtime.commands import COMMANDS
from schemas.events import EVENTS
from schemas.streams import Namespace
from schemas.types import UserRole
from server.asyncapi import asyncapi_document
from server.openapi import openapi_document
from server.routes import DEVELOPMENT_ROUTES, ROUTES
from server.settings import Settings
from server.vocabulary import Json, readable
from services.errors import DomainError
from services.permissions import Permission, Reach, reaches_of
from workers.jobs import JOBS

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"

GENERATED: Final = "Rendered from the code by `make docs`; do not edit.\n"


def write_reference(folder: Path) -> list[Path]:
    """Write every page; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, render in PAGES.items():
        path = folder / f"{name}.md"
        path.write_text(render(), encoding="utf-8")
        written.append(path)
    for name, document in DOCUMENTS.items():
        path = folder / f"{name}.json"
        path.write_text(readable(document(ROUTES)), encoding="utf-8")
        written.append(path)
    return written


def _page(title: str, intro: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"# {title}", "", GENERATED, intro, "", _row(columns), _row(["---"] * len(columns))]
    return "\n".join([*lines, *(_row(row) for row in rows), ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]


def routes() -> str:
    """Every address, what it needs, and what it answers."""
    intro = "Paths stand under `/api/v1`, and under `/api` as an alias, unless they are marked `root`."
    columns = ("method", "path", "needs", "about", "answers", "what it does")
    return _page("Routes", intro, columns, (_route(route) for route in (*ROUTES, *DEVELOPMENT_ROUTES)))


def _route(route: Route) -> Sequence[str]:
    paths = ", ".join(f"`{path}`" for path in (route.path, *route.aliases))
    reply = route.reply.__name__.removesuffix("Out") if route.reply else "as its readers expect"
    answers = f"{int(route.status)} {reply}{' list' if route.listed else ''}"
    where = f"{paths} (root)" if route.at_root else paths
    return route.method, where, str(route.requires), route.about or "", answers, _first_line(route.handler)


def events() -> str:
    """Every event, and the streams that carry it."""
    columns = ("event", "version", "streams", "delivery", "fields", "the fact")
    rows = (
        (
            f"`{spec.name}`",
            str(spec.version),
            ", ".join(f"`{stream}`" for stream in spec.audience.value),
            spec.delivery.value,
            ", ".join(str(field.alias or name) for name, field in spec.payload.model_fields.items()),
            _first_line(spec.payload),
        )
        for spec in EVENTS
    )
    return _page("Events", "What is told live, and to whom.", columns, rows)


def commands() -> str:
    """What a client may say on a socket."""
    columns = ("command", "where", "needs", "fields", "what it does")
    rows = (
        (
            f"`{command.name}`",
            "" if len(command.namespaces) == len(Namespace) else ", ".join(f"`/{name}`" for name in command.namespaces),
            str(command.requires or "signed in"),
            ", ".join(str(field.alias or name) for name, field in command.body.model_fields.items()),
            _first_line(command.run),
        )
        for command in COMMANDS
    )
    return _page("Commands", "Understood in every namespace, unless some are named.", columns, rows)


def permissions() -> str:
    """Role by permission."""
    intro = (
        "`self`: oneself; `assigned`: people one was assigned to, as a mentor; `member`: courses one is in; `owner`: "
        "courses of one's own; `staff`: those, and courses in which one was assigned this role; `below`: accounts of "
        "staff below managers; `all`: everything. Several reaches add up."
    )
    rows = (
        (f"`{permission}`", *(_reach(role, permission) for role in UserRole))
        for permission in sorted(Permission, key=str)
    )
    return _page("Permissions", intro, ("permission", *(role.value for role in UserRole)), rows)


def _reach(role: UserRole, permission: Permission) -> str:
    reaches = sorted(reaches_of(role, permission))
    if Reach.ALL in reaches:
        return "all"
    return ", ".join(reach.name.lower() for reach in reaches) or "–"


def jobs() -> str:
    """What runs after a commit."""
    columns = ("job", "attempts", "pauses in s", "timeout in s", "what it does")
    rows = (
        (
            f"`{spec.kind}`",
            str(spec.attempts),
            ", ".join(f"{pause:g}" for pause in spec.backoff_s),
            f"{spec.timeout_s:g}",
            _first_line(spec.run),
        )
        for spec in JOBS
    )
    return _page("Jobs", "What is done after a commit, by a worker.", columns, rows)


def settings() -> str:
    """Every setting."""
    columns = ("name", "default", "what it says")
    rows = (
        (f"`{name.upper()}`", "" if field.default is None else f"`{field.default}`", field.description or "")
        for name, field in Settings.model_fields.items()
    )
    intro = "Read from the environment and from `.env`. A secret `X` is also read from the file that `X_FILE` names."
    return _page("Settings", intro, columns, rows)


def errors() -> str:
    """Every refusal."""
    columns = ("code", "status", "category", "retry", "English", "français")
    rows = (
        (
            f"`{kind.code}`",
            str(int(kind.status)),
            kind.category(),
            "yes" if kind.retryable else "",
            _as_filled(kind.en),
            _as_filled(kind.fr),
        )
        for kind in sorted(DomainError.__subclasses__(), key=lambda kind: kind.code)
    )
    return _page("Errors", "The codes that a client can switch on.", columns, rows)


def _as_filled(text: str) -> str:
    """A text with the braces that its reader will see."""
    return text.replace("{{", "{").replace("}}", "}")


PAGES: Final[dict[str, Callable[[], str]]] = {
    "routes": routes,
    "events": events,
    "commands": commands,
    "permissions": permissions,
    "jobs": jobs,
    "settings": settings,
    "errors": errors,
}

DOCUMENTS: Final[dict[str, Callable[[Sequence[Route]], Json]]] = {
    "openapi": openapi_document,
    "asyncapi": asyncapi_document,
}
"""For programs; people read the same at /docs and /docs/events."""
