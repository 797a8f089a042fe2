"""The EVENTS table: facts that stand on their own, told to exactly those whom their row names."""

import re
from string import Formatter

import pytest
from pydantic import ValidationError

from schemas.events import EVENTS, SPEC_OF, TAKING_BACK, Delivery, Event
from schemas.streams import parse_stream

ID = "65f0a1b2c3d4e5f60718293a"
ROW = pytest.mark.parametrize("spec", EVENTS, ids=lambda spec: spec.payload.__name__)


def texts(payload: type[Event]) -> dict[str, str | tuple[str, ...]]:
    """The fields of an event that can stand in a stream's name; of several ids one."""
    single = {name: ID for name, field in payload.model_fields.items() if field.annotation is str}
    return single | {name: (ID,) for name, field in payload.model_fields.items() if field.exclude}


@ROW
def test_facts_do_not_change(spec):
    """An event is frozen, says nothing that its class does not declare, and so do the parts of it."""
    parts = [field.annotation for field in spec.payload.model_fields.values()]
    for kind in (spec.payload, *(part for part in parts if isinstance(part, type) and issubclass(part, Event))):
        assert (kind.model_config["frozen"], kind.model_config["extra"]) == (True, "forbid")
    with pytest.raises(ValidationError, match="extra_forbidden"):
        spec.payload.model_validate({**texts(spec.payload), "password": "x"})


@ROW
def test_names(spec):
    """A name on the wire is `object.fact` in small letters, and what is no fact to keep may be one word."""
    assert re.fullmatch(r"[a-z]+(\.[a-z]+)+" if spec.delivery is Delivery.DURABLE else r"[a-z]+(\.[a-z]+)*", spec.name)
    assert not any(str(field.alias).startswith("_") for field in spec.payload.model_fields.values())
    assert spec.version >= 1


@ROW
def test_audience_comes_from_the_fact_itself(spec):
    """The event's own ids fill in its streams and its subject: nobody chooses recipients."""
    streams = spec.audience.streams(texts(spec.payload))

    assert streams
    assert all(parse_stream(name) for name in streams)
    assert spec.subject.format_map(texts(spec.payload)).endswith(ID)


@ROW
def test_subject_names_one_object(spec):
    """Taking a thing back empties its own events only: the subject holds exactly one id, or is one of the payload."""
    fields = [name for _, name, _, _ in Formatter().parse(spec.subject) if name]
    assert len(fields) == 1
    assert spec.subject in {f"{fields[0].removesuffix('_id')}:{{{fields[0]}}}", "{subject}"}


def test_a_fact_has_one_row():
    """A payload class has one row, and two rows of one name never share an audience."""
    assert len(SPEC_OF) == len(EVENTS)
    assert len({(spec.name, spec.audience) for spec in EVENTS}) == len(EVENTS)


def test_what_takes_back_is_never_lost():
    """Instances forget what they hold when they see such an event, so it must be numbered, under all of its rows."""
    for spec in EVENTS:
        assert spec.takes_back == (spec.name in TAKING_BACK)
        assert not spec.takes_back or spec.delivery is Delivery.DURABLE


def test_what_takes_back_reaches_every_stream_that_told():
    """Memory is emptied where the withdrawal is heard, so it goes wherever its object's events went."""
    ids = {f"{name}_id": ID for name in ("course", "user")} | {f"{name}_ids": (ID,) for name in ("user", "thread")}
    for subject in {spec.subject for spec in EVENTS if spec.takes_back}:
        of_it = [spec for spec in EVENTS if spec.subject == subject]
        told = {stream for spec in of_it for stream in spec.audience.streams(ids)}
        assert told == {stream for spec in of_it if spec.takes_back for stream in spec.audience.streams(ids)}
