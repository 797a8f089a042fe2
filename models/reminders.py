"""Deadlines that people are reminded of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pymongo import ASCENDING, IndexModel

from schemas.notifications import Crowd, NotificationKind


class Step(BaseModel):
    """One reminder of a deadline: so many minutes after it is due, before it where they are negative."""

    model_config = ConfigDict(frozen=True)

    minutes: int
    kind: NotificationKind

    @property
    def name(self) -> str:
        """Part of keys, such as `-72h`, `+0h` or `-90m`."""
        hours, rest = divmod(self.minutes, 60)
        return f"{self.minutes:+d}m" if rest else f"{hours:+d}h"


class ReminderPlan(Document):
    """What is due, whom it concerns, and which of its steps were told; the id is `kind:subject`.

    `version` is that of the object, `due_version` the one with which the date was set: reminders of another one are
    void. `told` and `people_told` are about this date.
    """

    id: str
    subject: str
    kind: str
    version: int
    due_version: int
    due_at: AwareDatetime
    title: str
    link: str
    course_id: PydanticObjectId | None
    to: Crowd
    people: tuple[PydanticObjectId, ...]
    steps: tuple[Step, ...]
    told: tuple[str, ...] = ()
    people_told: int = 0
    cancelled_at: AwareDatetime | None = None
    expires_at: AwareDatetime

    class Settings:
        name = "reminders"
        indexes: ClassVar = [IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0)]

    def instant(self, step: Step) -> datetime:
        return self.due_at + timedelta(minutes=step.minutes)

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)
