"""Engines for a test run, in a process of their own: prints their URLs, ends with its standard input."""

import asyncio
import shutil
import sys
from pathlib import Path

from server.engines import Engines


async def main(data_dir: Path) -> None:
    engines = Engines(data_dir)
    urls = await engines.start()
    print(urls.mongodb_url, urls.redis_url, flush=True)  # noqa: T201 - read by the test run
    await asyncio.to_thread(sys.stdin.read)
    await engines.stop()
    shutil.rmtree(data_dir, ignore_errors=True)  # it may lie in memory, and the test run may have been killed


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
