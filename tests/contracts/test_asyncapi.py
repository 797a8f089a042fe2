"""The AsyncAPI document is valid, complete, and every example in it fits its schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from beanie import PydanticObjectId
from jsonschema import Draft7Validator

from realtime.commands import COMMANDS
from schemas.events import DURABLE, EVENTS
from schemas.realtime import FEED_NOTICES
from schemas.streams import Namespace
from server.app import Core
from server.asyncapi import asyncapi_document, feed_topics
from server.events_page import events_page
from server.routes import ROUTES
from server.vocabulary import SOME_ID, sample
from services.event_log import REDACTED, to_wire
from tests.harness.school import School, announce

FORM = json.loads((Path(__file__).parents[1] / "fixtures" / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
DOCUMENT = asyncapi_document(ROUTES)
MESSAGES = DOCUMENT["components"]["messages"]

each_message = pytest.mark.parametrize("key", MESSAGES)
each_event = pytest.mark.parametrize("spec", DURABLE, ids=lambda spec: spec.payload.__name__)


def problems(key: str, payload: Any) -> list[str]:
    """Why a payload is not this message's."""
    schema = {**MESSAGES[key]["payload"], "components": DOCUMENT["components"]}
    return [error.message for error in Draft7Validator(schema).iter_errors(payload)]


def test_the_document_is_valid():
    """It is AsyncAPI 3.0.0, and every reference in it leads somewhere."""
    assert list(Draft7Validator(FORM).iter_errors(DOCUMENT)) == []
    text = json.dumps(DOCUMENT)
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "#/')[1:]}:
        found: Any = DOCUMENT
        for step in reference.split("/"):
            found = found[step]


@each_message
def test_every_example_fits_its_schema(key):
    """What is shown is what is said; and something else is not."""
    (example,) = MESSAGES[key]["examples"]
    assert problems(key, example["payload"]) == []
    assert problems(key, 17) != []


def test_every_row_is_described():
    """Every event, command, ack and notice is a message, each namespace and each feed a channel."""
    names = {message["name"] for message in MESSAGES.values()}
    assert {spec.name for spec in EVENTS} | {notice.name for notice in FEED_NOTICES} <= names
    assert {command.name for command in COMMANDS} | {f"{command.name}.ack" for command in COMMANDS} <= names
    addresses = {channel["address"] for channel in DOCUMENT["channels"].values()}
    feeds = [route for route in ROUTES if route.streams]
    assert addresses == {*(f"/{name}" for name in Namespace), *(route.paths[0] for route in feeds)}
    assert all(feed_topics(route) for route in feeds)


@each_event
async def test_what_leaves_is_what_is_described(core: Core, spec):
    """A stored event as it is sent, with its payload or emptied, to others or to its writer, fits the message."""
    schemas = DOCUMENT["components"]["schemas"]
    shown = sample(MESSAGES[spec.payload.__name__]["payload"], schemas)
    for payload in ({name: value for name, value in shown.items() if name[0] != "_"}, REDACTED):
        row = {
            "_id": {"stream": shown["_stream"], "seq": 4},
            "fact_id": PydanticObjectId(),
            "name": spec.name,
            "spec_version": spec.version,
            "object_version": 2,
            "subject": spec.subject,
            "actor_id": SOME_ID,
            "mutation": "a-key",
            "payload": dict(payload),
            "at": datetime.now(UTC),
        }
        event = to_wire(row, "an-epoch")
        assert problems(spec.payload.__name__, orjson.loads(event.payload_for(None))) == []
        assert problems(spec.payload.__name__, orjson.loads(event.payload_for(SOME_ID))) == []


def test_the_page_shows_everything():
    """Every message has its place on the page, and no script stands there."""
    page = events_page(DOCUMENT)
    assert [key for key in MESSAGES if f'<section id="{key}">' not in page] == []
    assert "<script" not in page


async def test_what_is_heard_is_what_is_described(school: School):
    """A real announcement and a real reset, as a client gets them, fit their messages."""
    instructor, student = await school.person("instructor"), await school.person()
    course_id = await school.course(instructor, student)
    async with student.live() as inbox:
        await inbox.watch(course_id)
        posted = await announce(instructor, course_id)
        heard = await inbox.event("announcement.posted", announcementId=posted["announcementId"])
        assert problems("AnnouncementPosted", heard) == []
        await inbox.say("sync", stream=heard["_stream"], epoch="another", seq=1)
        assert problems("sync.reset", await inbox.event("sync.reset")) == []
