"""What operators of the school see of its jobs. What a job was told is never shown: people are named in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.jobs import JobState, Lane
from schemas.page import PageQuery
from schemas.types import Out, OutId

Count = Annotated[int, Field(ge=0)]


class LaneOut(Out):
    """A lane now. `limit` is how many of its jobs one worker runs at once, `oldestReadyS` the age of the oldest due."""

    lane: Lane
    ready: Count
    running: Count
    dead: Count
    oldest_ready_s: Annotated[float, Field(ge=0)]
    limit: Count


class JobKindOut(Out):
    """A kind of job now; without a lane it is of another version. `done` are those of the last seven days."""

    kind: str
    lane: Lane | None
    ready: Count
    running: Count
    dead: Count
    done: Count


class CronOut(Out):
    """A kind that is due by itself. What was run last is null before the first slot, its state when it is forgotten."""

    kind: str
    line: str
    zone: str
    next_run_at: AwareDatetime
    last_run_at: AwareDatetime | None
    last_state: JobState | None


class JobsOut(Out):
    """All jobs together, and how many workers are there for them."""

    lanes: list[LaneOut]
    kinds: list[JobKindOut]
    cron: list[CronOut]
    workers: Count


class JobQuery(PageQuery):
    """Which jobs to list; without a state, all."""

    state: JobState | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60)] | None = None
    lane: Lane | None = None


class JobProgressOut(Out):
    """How far a long job has come."""

    done: int
    total: int
    percent: Annotated[int, Field(ge=0, le=100)]


class JobOut(Out):
    """One job. It has had `attempt` of its `attempts`; those of another version's kind are not known."""

    job_id: OutId
    kind: str
    lane: Lane | None
    state: JobState
    attempt: Count
    attempts: Count | None
    created_at: AwareDatetime | None
    run_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    lease_until: AwareDatetime | None
    error: str | None
    owner_id: str | None
    progress: JobProgressOut | None
    key: str | None
    line: str | None
    request_id: str
