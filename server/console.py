"""What every command of ours does: read the settings, run, and tell in one line what went wrong."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TypeVar

import typer
from pydantic import ValidationError
from pymongo.errors import PyMongoError
from rich.console import Console

from realtime.transport.hooks import HookMovedError
from server.engines import EngineError
from server.engines_of import EnginesNotRunningError
from server.imports.lines import ImportRefusedError
from server.key_rotation import KeyInUseError, KeysElsewhereError
from server.logs import configure_logs
from server.migrations import SchemaTooOldError
from server.process import run
from server.restore import NothingRestoredError, StillRunningError
from server.seed import DemoRefusedError
from server.settings import Settings
from server.supervisor import NotReadyError
from server.token_keys import BadKeyError
from services.errors import NotFound

Result = TypeVar("Result")

EXPECTED = (
    BadKeyError,
    DemoRefusedError,
    EngineError,
    EnginesNotRunningError,
    HookMovedError,
    ImportRefusedError,
    KeyInUseError,
    KeysElsewhereError,
    NotFound,
    NothingRestoredError,
    NotReadyError,
    OSError,
    PyMongoError,
    SchemaTooOldError,
    StillRunningError,
)
"""What may go wrong outside the house: told in one line, without a traceback."""

console = Console()


def read_settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = ".".join(map(str, problem["loc"])).upper() or "settings"
            console.print(f"[red]{name}[/]: {problem['msg']}")
        raise typer.Exit(2) from None
    configure_logs(settings.log_level)
    return settings


def run_command(work: Coroutine[object, object, Result]) -> Result:
    try:
        return run(work)
    except EXPECTED as error:
        console.print(f"[red]{type(error).__name__}[/]: {error}", highlight=False)
        raise typer.Exit(1) from None
