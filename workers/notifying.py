"""Notifying a crowd: 500 people a job, each of which enqueues the next."""

from __future__ import annotations

from schemas.jobs import NotifyArgs, TakeBackArgs
from services.notifications.crowds import PAGE, next_page
from services.notifications.telling import take_back_page, tell_page
from workers.work import Work


async def tell(args: NotifyArgs, work: Work) -> None:
    """Tell the next 500 of the crowd; nobody is told one thing twice, however often this runs."""
    page = await next_page(args, work.unit.at)
    await tell_page(work.unit, args, page)
    if len(page) == PAGE:
        work.unit.enqueue("notifications.tell", NotifyArgs(**{**dict(args), "after": str(max(page))}))


async def take_back(args: TakeBackArgs, work: Work) -> None:
    """Take the next 500 notifications of something that was taken back out of people's lists, and out of the log."""
    if await take_back_page(work.unit, args.subject) == PAGE:
        work.unit.enqueue("notifications.take_back", TakeBackArgs(subject=args.subject))
