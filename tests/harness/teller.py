"""A process that tells every event of a course, for each on its standard input, with marks to know them by.

A process of its own, because Beanie's documents are bound to one database in each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from schemas.events import EVENTS, Delivery, EventSpec
from schemas.streams import Audience
from schemas.types import now
from server.app import Core, open_core
from server.engines import EngineUrls
from server.settings import Settings
from services.unit import Unit
from tests.harness.process import Place

OF_COURSES = tuple(spec for spec in EVENTS if spec.audience is not Audience.SCHOOL)
"""What everybody may hear crosses no wall."""

MARK_ID, MARK_NUMBER = "ca" * 12, 777


def told(payload: type[BaseModel], ids: dict[str, str], canary: str) -> BaseModel:
    """An event about these ids. What else it names by id gets the mark, and every text is the canary."""
    return payload(
        **{name: value_for(name, field.annotation, ids, canary) for name, field in payload.model_fields.items()}
    )


def value_for(name: str, kind: Any, ids: dict[str, str], canary: str) -> Any:
    if name.endswith("_ids"):  # whom it is told to
        return tuple(ids[one] for one in (name.removesuffix("s"),) if one in ids)
    return ids.get(name) or (MARK_ID if name.endswith("_id") else value_of(kind, ids, canary))


def value_of(kind: Any, ids: dict[str, str], canary: str) -> Any:
    if get_origin(kind) is UnionType:
        kind = get_args(kind)[0]
    if get_origin(kind) is Mapping:
        return {canary: value_of(get_args(kind)[1], ids, canary)}
    if get_origin(kind) is Sequence:
        return [value_of(get_args(kind)[0], ids, canary)]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return told(kind, ids, canary)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {str: canary, int: MARK_NUMBER, bool: False, AwareDatetime: datetime.now(UTC)}[kind]


async def tell(core: Core, spec: EventSpec, course: dict[str, Any]) -> None:
    event = told(spec.payload, course["ids"], course["canary"])
    if spec.delivery is Delivery.EPHEMERAL:
        core.ephemeral.tell(event)
        return
    unit = Unit(at=now())
    unit.emit(event, object_version=1)
    await core.committer.commit(unit)


async def main() -> None:
    settings = Settings(_env_file=None)
    urls = EngineUrls(settings.mongodb_url.get_secret_value(), settings.redis_url.get_secret_value())
    async with open_core(settings, urls) as core:
        async with asyncio.timeout(10):
            while not core.bus.is_up:
                await asyncio.sleep(0.02)
        for course in json.load(sys.stdin):
            for spec in OF_COURSES:
                await tell(core, spec, course)
        await core.bus.touched({"told"})


async def tell_everything(place: Place, *courses: dict[str, Any]) -> None:
    """Every row of EVENTS for each course: `ids` are what its events are about, `canary` the text in them."""
    command = [sys.executable, "-m", "tests.harness.teller"]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=place.environment
    )
    _, err = await process.communicate(json.dumps(courses).encode())
    assert process.returncode == 0, err.decode()[-3000:]


if __name__ == "__main__":
    asyncio.run(main())
