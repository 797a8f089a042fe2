"""Which engines a process uses: those that the settings name, or those of DATA_DIR."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.engines import EngineUrls, borrowed_engines, running_engines
from server.settings import Settings


class EnginesNotRunningError(Exception):
    """Nobody runs engines on this DATA_DIR, and the settings name none."""


def named_engines(settings: Settings) -> EngineUrls | None:
    """The servers that the settings point at, if they name both."""
    if settings.mongodb_url is None or settings.redis_url is None:
        return None
    return EngineUrls(settings.mongodb_url.get_secret_value(), settings.redis_url.get_secret_value())


async def present_engines(settings: Settings) -> EngineUrls:
    """For processes that serve: engines that run already."""
    found = named_engines(settings) or await running_engines(settings.data_dir)
    if found is None:
        message = (
            f"No engines run on {settings.data_dir}. Start everything with `coursewire up` (make run), "
            "or set MONGODB_URL and REDIS_URL."
        )
        raise EnginesNotRunningError(message)
    return found


@asynccontextmanager
async def any_engines(settings: Settings) -> AsyncIterator[EngineUrls]:
    """For short commands: engines that run already, else our own for the duration."""
    if named := named_engines(settings):
        yield named
        return
    async with borrowed_engines(settings.data_dir, settings.mongod, settings.valkey) as urls:
        yield urls
