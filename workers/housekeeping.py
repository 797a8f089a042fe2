"""What is done at night: taking away what has outlived its use, and looking whether all that is stored agrees."""

from __future__ import annotations

from typing import Final

import structlog

from models.accounts import User
from schemas.jobs import CheckArgs, RetentionArgs
from schemas.notifications import NotificationKind
from schemas.types import UserRole, UserStatus
from services.consistency.checks import CHECKS, Check
from services.consistency.findings import note, resolve
from services.consistency.looking import Seen, looking
from services.database_clock import database_now
from services.notifications.asking import News, notify_people
from services.retention import RETENTION, take_away
from services.unit import Unit
from workers.work import Work

MOST: Final = 200
"""After so many findings a round of a check ends: more of the same would help nobody."""

ADMINISTRATORS: Final = 500

log = structlog.get_logger(__name__)


async def retain(args: RetentionArgs, work: Work) -> None:
    """Take away the next 500 documents that have outlived their use, and go on while there are more."""
    if args.collection is None:
        for row in RETENTION:
            work.unit.enqueue("housekeeping.retain", RetentionArgs(collection=row.collection))
        return
    at = await database_now()
    row = next(row for row in RETENTION if row.collection == args.collection)
    if await take_away(work.unit, row, at):
        work.unit.enqueue("housekeeping.retain", RetentionArgs(collection=row.collection))


async def check(args: CheckArgs, work: Work) -> None:
    """Look at the next page of a check, keep what it finds, and go on; without a name, begin a round of each."""
    if args.check is None:
        for one in CHECKS:
            work.unit.enqueue("housekeeping.check", CheckArgs(check=one.name))
        return
    row = next(one for one in CHECKS if one.name == args.check)
    async with looking(work.tools.keys, work.tools.audit, args.after) as look:
        seen = await row.run(look)
    fresh = await note(work.unit, row.name, seen.problems, look.at)
    for problem in fresh:
        log.warning("inconsistent", check=row.name, subject=problem.subject, found=problem.found)
    if work.tools.findings is not None:
        work.tools.findings.found(row.name, new=len(fresh))
    stand = CheckArgs(
        check=row.name,
        after=seen.after,
        began=args.began or look.at,
        found=args.found + len(seen.problems),
        new=args.new + len(fresh),
    )
    await _go_on(work.unit, row, seen, stand)


async def _go_on(unit: Unit, row: Check, seen: Seen, stand: CheckArgs) -> None:
    """The next page, or the end of the round: what it did not find again is resolved, and what is new is told."""
    is_cut = stand.found >= MOST
    if seen.after is not None and not is_cut:
        unit.enqueue("housekeeping.check", CheckArgs(**stand.model_dump()))
        return
    if not is_cut and stand.began is not None:
        await resolve(unit, row.name, began=stand.began, at=unit.at, besides=seen.problems)
    if stand.new:
        await _tell(unit, stand)


async def _tell(unit: Unit, stand: CheckArgs) -> None:
    """In the app, to every administrator."""
    where = {"role": UserRole.ADMIN, "status": UserStatus.ACTIVE}
    administrators = await User.find(where).sort("_id").limit(ADMINISTRATORS).to_list()
    news = News(
        kind=NotificationKind.SCHOOL_INCONSISTENT,
        subject=f"check:{stand.check}",
        facts={"check": stand.check or "", "count": str(stand.new)},
        link="/admin/consistency",
        once=f"{stand.check}:{stand.began:%Y-%m-%dT%H:%M:%SZ}",
    )
    notify_people(unit, news, [user.id for user in administrators])
