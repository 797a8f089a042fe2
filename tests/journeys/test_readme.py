"""The examples of README.md, run as they are printed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from tests.harness.school import School

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WATCHING, TOLD = "watching Introduction to Python", "Room change: Tomorrow we meet in room 12."
WITHIN_S = 20.0

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("node", "curl"))), reason="needs node and curl")


def block(language: str, *words: str) -> str:
    """The one fenced block of README.md in this language that has all these words."""
    fenced = FENCED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (found,) = (text for name, text in fenced if name == language and all(word in text for word in words))
    return found


@asynccontextmanager
async def running(url: str, *command: str) -> AsyncIterator[Process]:
    environment = {**os.environ, "COURSEWIRE_URL": url}
    process = await create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), WITHIN_S)).decode().strip()


async def test_the_readme_examples_work_as_printed(school: School):
    """Both listeners hear what the curl example posts, and end well."""
    with NamedTemporaryFile(
        "w", prefix="readme-", suffix=".mjs", dir=ROOT / "tests" / "node", encoding="utf-8"
    ) as script:
        script.write(block("js"))
        script.flush()
        async with (
            running(school.url, "node", script.name) as in_node,
            running(school.url, sys.executable, "-c", block("python")) as in_python,
        ):
            listeners = (in_node, in_python)
            assert [await read_line(listener) for listener in listeners] == [WATCHING, WATCHING]

            async with running(school.url, "bash", "-c", block("sh", "curl", "announcements")) as curl:
                assert '"success":true' in await read_line(curl)

            assert [await read_line(listener) for listener in listeners] == [TOLD, TOLD]
            assert [await asyncio.wait_for(listener.wait(), WITHIN_S) for listener in listeners] == [0, 0]
