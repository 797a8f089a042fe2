"""`coursewire doctor` on a MongoDB of one's own."""

from __future__ import annotations

import pytest
from pymongo import AsyncMongoClient

from tests.harness.process import Place, run

LIFETIME = "transactionLifetimeLimitSeconds"


@pytest.mark.xdist_group("lifetime")  # workers share the server whose parameter this sets
@pytest.mark.parametrize(("seconds", "verdict"), [(10, "ok"), (60, "warn")])
async def test_transactions_that_outlive_the_sweep_are_a_warning(new_place, seconds: int, verdict: str):
    """The server's usual 60 s are named with what to do, and keep nothing from starting."""
    place: Place = new_place()
    async with AsyncMongoClient(place.mongodb_url) as client:
        await client.admin.command({"setParameter": 1, LIFETIME: seconds})
        try:
            said = await run(place, "doctor")
        finally:
            await client.admin.command({"setParameter": 1, LIFETIME: 10})
    line = next(line for line in said.splitlines() if "transactions" in line)
    assert line.split() == [verdict, "transactions:", *f"live at most {seconds} s".split()]
    assert (LIFETIME in said) == (verdict == "warn")
