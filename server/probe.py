"""Asking a running server how it is: `coursewire health`.

Containers ask every few seconds, so this imports next to nothing: `python -m server.probe ready` takes a quarter of a
second where the whole command line takes more than one.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from server.settings import Settings

WITHIN_S = 3.0


class Probe(StrEnum):
    """Whether calls may be sent here, or whether the process is alive at all."""

    READY = "ready"
    LIVE = "live"


def ask(settings: Settings, probe: Probe) -> tuple[bool, str]:
    """Whether the server of this HOST and PORT says yes, and what it said."""
    path = "/readyz" if probe is Probe.READY else "/livez"
    connection = HTTPConnection(settings.host, settings.port, timeout=WITHIN_S)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status == HTTPStatus.OK, reply.read().decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        return False, f"nothing answers at {settings.host}:{settings.port}{path}: {error or type(error).__name__}"
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    is_well, said = ask(Settings(), Probe(arguments[0] if arguments else Probe.READY))
    sys.stdout.write(f"{said}\n")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
