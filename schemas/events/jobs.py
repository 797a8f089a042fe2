"""How far the work has come that somebody asked for."""

from __future__ import annotations

from schemas.events.base import Delivery, Event, EventSpec
from schemas.jobs import JobState
from schemas.streams import Audience


class JobProgressed(Event):
    """A long job has come so far, or has ended; told to whoever asked for it."""

    job_id: str
    user_id: str
    kind: str
    done: int
    total: int
    percent: int
    state: JobState


EVENTS = (EventSpec(JobProgressed, "job.progress", 1, Audience.ONESELF, "job:{job_id}", Delivery.EPHEMERAL),)
