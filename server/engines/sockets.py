"""Where the engines listen: a unix socket each, found again from the data directory alone."""

import os
import re
import socket
import stat
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final

from server.engines.errors import EngineError

OWNER_ONLY: Final = 0o700
SOCKET_PATH_BYTES: Final = 100  # the kernel's limit is 107 on Linux and 103 on macOS
PLAIN: Final = re.compile(r"[a-z0-9._/-]+")
"""A socket path is also a replica-set member's name: MongoDB's drivers turn it to lower case,
and a comma or a colon in it would separate names and ports."""


def socket_path(data_dir: Path, name: str) -> Path:
    """Return `<data_dir>/run/<name>`, or a path by hash in a temporary folder if that is unfit.

    The second kind depends on TMPDIR and on the user, and needs `make_private` before use.
    """
    home = data_dir.resolve()
    private = f"coursewire-{os.getuid()}-{sha256(os.fsencode(home)).hexdigest()[:16]}"
    for folder in (
        home / "run",
        Path(tempfile.gettempdir(), private),
        Path("/tmp", private),  # noqa: S108 - make_private checks the owner
    ):
        path = folder / name
        if len(os.fsencode(path)) <= SOCKET_PATH_BYTES and PLAIN.fullmatch(str(path)):
            return path
    raise EngineError(f"No folder with a short enough path for the sockets of {home}.")


def make_private(folder: Path) -> None:
    """Create the folder for this user alone; refuse one that somebody else put there."""
    folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EngineError(f"{folder} is not a folder of this user: remove it and try again.")
    if stat.S_IMODE(found.st_mode) != OWNER_ONLY:
        folder.chmod(OWNER_ONLY)


def is_listening(path: Path) -> bool:
    """Tell whether a server accepts connections there; a killed one's socket file says no."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0)
        return probe.connect_ex(str(path)) == 0
