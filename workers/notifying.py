"""Notifying a crowd: 500 people a job, each of which enqueues the next."""

from __future__ import annotations

from schemas.jobs import NotifyArgs
from workers.work import Work


async def tell(args: NotifyArgs, work: Work) -> None:
    """Tell the next 500 of the crowd."""
    del args, work
