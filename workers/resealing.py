"""Sealing every field anew after a rotation of keys: 500 rows a job, each of which enqueues the next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog
from beanie import PydanticObjectId
from cryptography.exceptions import InvalidTag
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from schemas.jobs import ResealArgs
from services.crypto import Keyring, UnknownKeyError
from services.sealed import RESEALED, Row, SealedField, outdated, rows_of
from workers.work import Work

AT_ONCE: Final = 500
LOOK_AGAIN_S: Final = 30.0

log = structlog.get_logger(__name__)


async def reseal(args: ResealArgs, work: Work) -> None:
    """Seal the next 500 values of one field with the newest key, then go on; safe to run at any time, and twice."""
    if not (work.tools.keys.fields.is_settled and work.tools.keys.email_index.is_settled):
        work.unit.enqueue("fields.reseal", ResealArgs(), after_s=LOOK_AGAIN_S)
        return
    total = await _outdated(work.tools.keys) if args.total is None else args.total
    await work.progress(args.done, total)
    paths = [sealed.path for sealed in RESEALED]
    position = paths.index(args.field) if args.field in paths else 0
    sealed = RESEALED[position]
    rows = await _next_rows(sealed, args, work.tools.keys)
    if rows:
        changes = [change for row in rows if (change := _resealed(sealed, row, work.tools.keys)) is not None]
        if changes:
            work.unit.inside(partial(_write, sealed, changes))
        done = args.done + len(changes)
        log.info("fields_resealed", field=sealed.path, done=done)
        after = str(rows[-1]["_id"])
        work.unit.enqueue("fields.reseal", ResealArgs(field=sealed.path, after=after, done=done, total=total))
    elif position + 1 < len(RESEALED):
        work.unit.enqueue("fields.reseal", ResealArgs(field=paths[position + 1], done=args.done, total=total))
    else:
        log.info("reseal_finished", done=args.done)


async def _outdated(keys: Keyring) -> int:
    """How many values there are to seal anew, counted once, when the work begins."""
    counts = [
        await rows_of(sealed).count_documents(dict(outdated(sealed, keys.fields, keys.email_index)))
        for sealed in RESEALED
    ]
    return sum(counts)


async def _next_rows(sealed: SealedField, args: ResealArgs, keys: Keyring) -> Sequence[Row]:
    where = dict(outdated(sealed, keys.fields, keys.email_index))
    if args.after is not None:
        where["_id"] = {"$gt": PydanticObjectId(args.after)}
    wanted = {sealed.field: 1, **({sealed.index: 1} if sealed.index else {})}
    return await rows_of(sealed).find(where, wanted).sort("_id", 1).limit(AT_ONCE).to_list()


def _resealed(sealed: SealedField, row: Row, keys: Keyring) -> UpdateOne | None:
    """Only while the row is as it was read; whoever changes it meanwhile seals with the newest key anyway."""
    place = (sealed.collection, str(row["_id"]), sealed.name)
    try:
        text = keys.fields.open(str(row[sealed.field]), *place)
    except (InvalidTag, UnknownKeyError, KeyError, ValueError) as error:
        log.warning("field_unreadable", field=sealed.path, row=str(row["_id"]), error=type(error).__name__)
        return None
    change = {sealed.field: keys.fields.seal(text, *place)}
    if sealed.index is not None:
        change[sealed.index] = keys.email_index.of(sealed.normalised(text))
    return UpdateOne({"_id": row["_id"], sealed.field: row[sealed.field]}, {"$set": change})


async def _write(sealed: SealedField, changes: Sequence[UpdateOne], session: AsyncClientSession) -> None:
    await rows_of(sealed).bulk_write(changes, ordered=False, session=session)
