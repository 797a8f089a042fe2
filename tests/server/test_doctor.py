"""`coursewire doctor` on a MongoDB of one's own."""

from __future__ import annotations

import pytest

from server.app import Core
from server.doctor import examine

LIFETIME = "transactionLifetimeLimitSeconds"


@pytest.mark.parametrize(("seconds", "is_well"), [(10, True), (60, False)])
async def test_transactions_that_outlive_the_sweep_are_a_warning(core: Core, seconds: int, is_well: bool):  # noqa: FBT001
    """The server's usual 60 s are named with what to do, and keep nothing from starting."""
    admin = core.database.client.admin
    await admin.command({"setParameter": 1, LIFETIME: seconds})
    try:
        found = {finding.subject: finding async for finding in examine(core.settings)}["transactions"]
    finally:
        await admin.command({"setParameter": 1, LIFETIME: 10})
    assert (found.is_well, found.is_warning) == (is_well, True)
    assert f"{seconds} s" in found.found
    assert LIFETIME in found.advice
