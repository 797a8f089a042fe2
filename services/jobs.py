"""Operating the queue: how it stands, which jobs there are, and what becomes of the dead ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from models.unit import CronMark, Job
from schemas.jobs import STORED_STATES, JobState, Lane, percent_of
from schemas.jobs_admin import CronOut, JobKindOut, JobOut, JobProgressOut, JobQuery, JobsOut, LaneOut
from schemas.operations import ProcessKind, ProcessReport
from schemas.page import Page, page_of
from services.errors import InvalidTransition
from services.permissions import Permission
from services.ports import JobKind, JobTable
from services.scopes import JobScope, Scope
from services.slots import slot_key, slots_after
from services.unit import Match

OPERATE: Final = Permission.JOB_OPERATE
STATE_OF: Final = {stored: state for state, kept in STORED_STATES.items() for stored in kept}
LASTING: Final = (JobState.READY, JobState.RUNNING, JobState.DEAD)


@dataclass(slots=True)
class Backlog:
    """How many jobs of a kind are in each state, and for how long the oldest that is due has waited."""

    counts: dict[JobState, int] = field(default_factory=dict)
    oldest_s: float = 0.0

    def count(self, state: JobState) -> int:
        return self.counts.get(state, 0)


async def backlog(*more: JobState) -> Mapping[str, Backlog]:
    """By kind, what waits, runs or is dead; and what is in `more` states, of which there may be very many."""
    states = [stored for state in (*LASTING, *more) for stored in STORED_STATES[state]]
    waited = {"$divide": [{"$subtract": ["$$NOW", "$oldest"]}, 1000]}
    steps: list[Match] = [
        {"$match": {"state": {"$in": states}}},
        {
            "$group": {
                "_id": {"state": "$state", "kind": "$kind"},
                "count": {"$sum": 1},
                "oldest": {"$min": "$run_at"},
            }
        },
        {"$addFields": {"waited_s": waited}},
    ]
    found: dict[str, Backlog] = {}
    async for row in await Job.get_pymongo_collection().aggregate(steps):
        kind, stored = row["_id"]["kind"], row["_id"]["state"]
        one, state = found.setdefault(kind, Backlog()), STATE_OF[stored]
        one.counts[state] = one.count(state) + row["count"]
        if stored == "ready":
            one.oldest_s = max(row["waited_s"], 0.0)
    return found


async def overview(scope: Scope, table: JobTable, processes: Sequence[ProcessReport]) -> JobsOut:
    """Every lane and kind, what is due by itself, and how many workers there are."""
    scope.require(OPERATE)
    found = await backlog(JobState.DONE)
    known = {row.kind: row for row in table.kinds}
    return JobsOut(
        lanes=[_lane(lane, limit, table.kinds, found) for lane, limit in table.limits.items()],
        kinds=[_kind(kind, known.get(kind), found.get(kind, Backlog())) for kind in sorted({*known, *found})],
        cron=await _cron(scope, table),
        workers=sum(one.kind is ProcessKind.WORKER for one in processes),
    )


def _lane(lane: Lane, limit: int, kinds: Iterable[JobKind], found: Mapping[str, Backlog]) -> LaneOut:
    here = [found[row.kind] for row in kinds if row.lane is lane and row.kind in found]
    return LaneOut(
        lane=lane,
        ready=sum(one.count(JobState.READY) for one in here),
        running=sum(one.count(JobState.RUNNING) for one in here),
        dead=sum(one.count(JobState.DEAD) for one in here),
        oldest_ready_s=max((one.oldest_s for one in here), default=0.0),
        limit=limit,
    )


def _kind(kind: str, row: JobKind | None, found: Backlog) -> JobKindOut:
    return JobKindOut(
        kind=kind,
        lane=row.lane if row else None,
        ready=found.count(JobState.READY),
        running=found.count(JobState.RUNNING),
        dead=found.count(JobState.DEAD),
        done=found.count(JobState.DONE),
    )


async def _cron(scope: Scope, table: JobTable) -> list[CronOut]:
    rows = [row for row in table.kinds if row.cron_line is not None]
    marks = await CronMark.find({"_id": {"$in": [row.kind for row in rows]}}).to_list()
    slots = {mark.id: mark.slot for mark in marks}
    keys = [slot_key(kind, slot) for kind, slot in slots.items()]
    last = {job.kind: job for job in await Job.find({"key": {"$in": keys}}).to_list()}
    return [
        CronOut(
            kind=row.kind,
            line=row.cron_line,
            zone=row.cron_zone,
            next_run_at=next(slots_after(row.cron_line, row.cron_zone, scope.at)),
            last_run_at=last[row.kind].started_at if row.kind in last else None,
            last_state=STATE_OF[last[row.kind].state] if row.kind in last else None,
        )
        for row in rows
        if row.cron_line is not None
    ]


async def list_jobs(scope: Scope, table: JobTable, query: JobQuery) -> Page[JobOut]:
    """The jobs that match, newest first."""
    scope.require(OPERATE)
    found = Job.find(_where(table, query))
    total = await found.count()
    jobs = await found.sort("-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([_render(table, job) for job in jobs], query, total)


def _where(table: JobTable, query: JobQuery) -> Match:
    conditions: list[Match] = []
    if query.state is not None:
        conditions.append({"state": {"$in": list(STORED_STATES[query.state])}})
    if query.kind is not None:
        conditions.append({"kind": query.kind})
    if query.lane is not None:
        conditions.append({"kind": {"$in": [row.kind for row in table.kinds if row.lane is query.lane]}})
    return {"$and": conditions} if conditions else {}


def requeue(scope: JobScope, table: JobTable) -> JobOut:
    """Try a dead job again from the beginning. In its line it is the first again, before all that waits there."""
    return _move(scope, table, JobState.READY, {"attempt": 0, "died_at": None}, "run_at")


def discard(scope: JobScope, table: JobTable) -> JobOut:
    """Let go of a dead job; it is kept for seven days more."""
    return _move(scope, table, JobState.DISCARDED, {"died_at": None}, "finished_at")


def _move(scope: JobScope, table: JobTable, to: JobState, changes: Match, stamped: str) -> JobOut:
    """Guarded by the state and by the attempt, so that of two operators one moves it."""
    scope.require(OPERATE)
    job = scope.job
    if job.state != JobState.DEAD:
        raise InvalidTransition(before=STATE_OF[job.state], after=to)
    change = {"$set": {"state": to.value, **changes}, "$currentDate": {stamped: True}}
    scope.unit.update(Job, {"_id": job.id, "state": "dead"}, change)
    scope.unit.audit(f"job.{'requeued' if to is JobState.READY else 'discarded'}", f"job:{job.id}", kind=job.kind)
    return _render(table, job.model_copy(update={"state": to.value, **changes, stamped: scope.at}))


def _render(table: JobTable, job: Job) -> JobOut:
    row = next((row for row in table.kinds if row.kind == job.kind), None)
    progress = job.progress
    return JobOut(
        **job.model_dump(exclude={"id", "args", "state", "lease_token", "died_at", "progress"}),
        job_id=job.id,
        lane=row.lane if row else None,
        state=STATE_OF[job.state],
        attempts=row.attempts if row else None,
        progress=progress
        and JobProgressOut(**progress.model_dump(), percent=percent_of(progress.done, progress.total)),
    )
