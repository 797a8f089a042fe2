"""What the probes report (`/health`, `/readyz`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue
from pymongo.errors import PyMongoError

from realtime.bus import Bus
from realtime.revocations import Revocations
from server.clients import Database
from server.process import Lifecycle
from server.settings import Settings

VERSION = "0.1.0"
WITHIN_S = 2.0

log = structlog.get_logger(__name__)


class Health:
    """Looks at the database, at Redis, and at the list of revocations."""

    def __init__(
        self, settings: Settings, database: Database, bus: Bus, revocations: Revocations, lifecycle: Lifecycle
    ) -> None:
        self._settings = settings
        self._database = database
        self._bus = bus
        self._revocations = revocations
        self._began = time.monotonic()
        self._lifecycle = lifecycle

    async def summary(self) -> tuple[Mapping[str, JsonValue], bool]:
        """OK, DEGRADED (Redis is away: events arrive by the sweep) or ERROR (no database: nothing works)."""
        database = await self._database_answers()
        redis = "DISABLED" if not self._bus.is_configured else "OK" if self._bus.is_up else "ERROR"
        status = "ERROR" if not database else "DEGRADED" if redis == "ERROR" else "OK"
        report: dict[str, JsonValue] = {
            "status": status,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "uptime": round(time.monotonic() - self._began, 3),
            "version": VERSION,
            "environment": self._settings.app_env.value,
            "services": {"database": "OK" if database else "ERROR", "redis": redis},
        }
        return report, database

    async def is_ready(self) -> Mapping[str, bool]:
        return {
            "serving": not self._lifecycle.is_draining,
            "database": await self._database_answers(),
            "revocations": self._revocations.is_fresh,
        }

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._database.client.admin.command("ping")
        except (PyMongoError, TimeoutError) as error:
            log.warning("database_silent", error=type(error).__name__)
            return False
        return True
