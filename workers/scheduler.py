"""The scheduler: makes the jobs of rows with `cron`, one for each slot, by the database's clock.

Every worker does it. A slot is made together with the mark behind it, and the mark is guarded by the one before: of two
workers that see the same slot one commits. The key of the job says the same once more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from models.unit import CronMark
from services.committer import Committer, StaleUnitError
from services.database_clock import database_now
from services.errors import Unavailable
from services.slots import slot_key, slots_after
from services.unit import Author, PendingJob, Unit
from workers.jobs import JOBS, Cron, JobSpec

LONGEST_PAUSE_S: Final = 30.0
AGAIN_S: Final = 1.0
MOST_CAUGHT_UP: Final = 100

log = structlog.get_logger(__name__)


class Scheduler:
    """Looks whenever a slot has come, and every half a minute. Nothing here reads the clock of this process."""

    def __init__(self, committer: Committer, zone: str, jobs: Sequence[JobSpec] = JOBS) -> None:
        self._committer = committer
        self._zone = zone
        self._rows = {spec.kind: spec.cron for spec in jobs if spec.cron is not None}
        self._args = {spec.kind: spec.args().model_dump(mode="json") for spec in jobs if spec.cron is not None}

    async def run(self) -> None:
        while self._rows:
            try:
                pause = await self.look()
            except (PyMongoError, Unavailable) as error:
                log.warning("schedule_unread", error=type(error).__name__)
                pause = AGAIN_S
            await asyncio.sleep(pause)

    async def look(self) -> float:
        """Make what is due; in how many seconds to look again."""
        at = await database_now()
        marks = {mark.id: mark.slot for mark in await CronMark.find({"_id": {"$in": list(self._rows)}}).to_list()}
        for kind, cron in self._rows.items():
            mark = marks.get(kind)
            slots = [] if mark is None else self._due(cron, mark, at)
            if mark is None or slots:
                await self._make(kind, mark, slots, at)
        nearest = min(next(self._slots(cron, at)) for cron in self._rows.values())
        return min((nearest - at).total_seconds(), LONGEST_PAUSE_S)

    def _slots(self, cron: Cron, after: datetime) -> Iterator[datetime]:
        return slots_after(cron.line, cron.zone or self._zone, after)

    def _due(self, cron: Cron, mark: datetime, at: datetime) -> Sequence[datetime]:
        """The slots since the mark; the last of them alone where missed ones are not made up for."""
        passed = takewhile(lambda slot: slot <= at, self._slots(cron, mark))
        return tuple(deque(passed, maxlen=MOST_CAUGHT_UP if cron.catches_up else 1))

    async def _make(self, kind: str, mark: datetime | None, slots: Sequence[datetime], at: datetime) -> None:
        """A kind that was never seen before begins with its next slot."""
        unit = Unit(at=at, author=Author(request_id="cron"))
        for slot in slots:
            unit.jobs.append(PendingJob(kind, self._args[kind], key=slot_key(kind, slot)))
        if mark is None:
            unit.insert(CronMark(id=kind, slot=at))
        else:
            unit.update(CronMark, {"_id": kind, "slot": mark}, {"$set": {"slot": slots[-1]}})
        try:
            await self._committer.commit(unit)
        except StaleUnitError:
            return  # another worker was first
        if slots:
            log.info("cron_due", kind=kind, slots=len(slots))
