"""The sealer of the audit log, as a worker runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from server.app import Core, background
from server.clients import connect
from server.token_keys import BadKeyError
from workers.sealing import Sealer


@asynccontextmanager
async def sealing(core: Core) -> AsyncIterator[None]:
    """Seal beside the block, as the user of the database that may, where there is one."""
    if core.keys.audit is None:
        message = "A worker needs AUDIT_KEY: 32 bytes in hexadecimal, with which it seals the audit log."
        raise BadKeyError(message)
    async with AsyncExitStack() as stack:
        database, url = core.database.database, core.settings.sealer_mongodb_url
        if url is not None:
            client = connect(url.get_secret_value())
            stack.push_async_callback(client.close)
            database = client.get_database(core.settings.mongodb_database)
        await stack.enter_async_context(background(Sealer(database, core.keys.audit).run()))
        yield
