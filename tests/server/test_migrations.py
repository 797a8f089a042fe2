"""Migrations: once, whoever starts, and never behind the back of production."""

from __future__ import annotations

import asyncio
import sys

from models.factors import Factor
from server.app import Core
from server.migrations import CURRENT, check_schema, v0005_plans
from tests.harness.process import Place, run


async def test_processes_that_start_together_migrate_once(new_place):
    """Four at once: the steps run in one of them, and all agree on the epoch."""
    place: Place = new_place()
    said = await asyncio.gather(*(run(place, "migrate") for _ in range(4)))
    assert sorted(text.split(": ")[1] for text in said) == ["0 steps run\n"] * 3 + [
        f"{CURRENT} step{'s' * (CURRENT > 1)} run\n"
    ]


async def test_an_older_schema_is_refused_where_nobody_migrates(core, new_place):
    """The refusal names the command that helps."""
    await check_schema()
    place: Place = new_place()
    script = (
        "import asyncio, sys\n"
        "from server.clients import open_database\n"
        "from server.migrations import check_schema\n"
        "async def main():\n"
        "    async with open_database(sys.argv[1], sys.argv[2]): await check_schema()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, place.mongodb_url, place.database, stderr=asyncio.subprocess.PIPE
    )
    _, error = await process.communicate()
    assert b"SchemaTooOldError" in error
    assert b"coursewire migrate" in error


async def test_indexes_that_are_taken_stand_beside_those_before_them(core: Core):
    """A database of the version before gets the new ones, also where the old one has the same field; twice is once."""
    factors = Factor.get_pymongo_collection()
    await factors.drop_index("passkey")
    before = {"credential_id": {"$type": "string"}}
    await factors.create_index("credential_id", name="credential", unique=True, partialFilterExpression=before)
    try:
        for _ in range(2):
            await v0005_plans.run(core.database)
        assert {"credential", "passkey"} <= set(await factors.index_information())
    finally:
        await factors.drop_index("credential")
