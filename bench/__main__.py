"""`make bench`: every scenario, as Markdown on standard output. One alone: `python -m bench commit`."""

from __future__ import annotations

import asyncio
import platform
import sys
from datetime import UTC, datetime

from bench import commit
from server.logs import configure_logs

SCENARIOS = {"commit": commit.measure}


async def main(names: list[str]) -> None:
    configure_logs("error")
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {platform.platform()}"
    print(f"# Measurements\n\n{stamp}. Read the ratios: absolute times belong to this machine.\n")
    for name in names or SCENARIOS:
        print(await SCENARIOS[name]())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
