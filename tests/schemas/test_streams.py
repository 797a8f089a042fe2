"""Names of streams: made in one place, and read back without trust."""

from itertools import product

import pytest

from schemas.streams import COURSE_ROOMS, Audience, Namespace, Room, Stream, course_streams, parse_stream, user_stream

ID = "65f0a1b2c3d4e5f60718293a"
ROOMS = [room for room in Room if room is not Room.ALL]
OWN = [Stream(namespace, Room.USER, ID) for namespace in Namespace]
OF_COURSES = [stream for namespace in Namespace for stream in course_streams(namespace, ID)]


@pytest.mark.parametrize("stream", OWN + OF_COURSES, ids=lambda stream: stream.name)
def test_reading_undoes_naming(stream):
    """Every stream that exists is read back as what it was named for."""
    assert parse_stream(stream.name) == stream


def test_names():
    """The names on the wire are these."""
    assert user_stream(Namespace.GRADING, ID) == f"grading/user:{ID}"
    assert [stream.name for stream in course_streams(Namespace.GRADING, ID)] == [
        f"grading/course:{ID}",
        f"grading/course:{ID}:staff",
    ]


@pytest.mark.parametrize("stream", [Stream(*both, ID) for both in product(Namespace, ROOMS)], ids=lambda s: s.name)
def test_only_streams_that_exist(stream):
    """A room is read in the namespaces that have it, and in no other."""
    exists = stream.room is Room.USER or stream.room in COURSE_ROOMS.get(stream.namespace, ())
    exists = exists or (stream.room is Room.THREAD and stream.namespace is Namespace.COLLAB)
    assert parse_stream(stream.name) == (stream if exists else None)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "announcements",
        "announcements/",
        f"course:{ID}",
        f"/course:{ID}",
        f"/announcements/course:{ID}",
        f"announcements/course:{ID}/",
        f"announcements/course:{ID} ",
        f"announcements/course:{ID}\n",
        f"announcements/course:{ID}:staff",
        f"announcements/course:{ID}:student",
        f"announcements/course:{ID.upper()}",
        f"announcements/course:{ID[:-1]}",
        f"announcements/course:{ID}0",
        f"announcements/user:{ID}:staff",
        f"Announcements/course:{ID}",
        f"ANNOUNCEMENTS/course:{ID}",
        f"secrets/course:{ID}",
        f"grading/course:{ID}:staff:staff",
        f"grading//course:{ID}",
        "announcements/course:*",
        "announcements/course:{course_id}",
        "announcements/course:65f0a1b2c3d4e5f6071829٣٤",
        "grading/all",
        "all",
        "announcements/all:staff",
        f"announcements/all:{ID}",
        f"announcements/thread:{ID}",
        f"collab/thread:{ID}:staff",
        "\0",
    ],
)
def test_anything_else_is_no_stream(name):
    """What a client makes up names no stream."""
    assert parse_stream(name) is None


@pytest.mark.parametrize("audience", Audience)
def test_an_audience_is_never_wider_than_its_address(audience):
    """Filled in, an audience yields streams that exist, in order; without an id it yields none at all."""
    one = {f"{name}_id": ID for name in ("course", "user", "thread")}
    streams = audience.streams({**one, "user_ids": (ID, ID), "thread_ids": (ID,), "title": "x"})

    assert streams == tuple(sorted(set(streams)))
    assert all(parse_stream(name) for name in streams)
    if audience is not Audience.SCHOOL:
        with pytest.raises(KeyError):
            audience.streams({"title": "x"})


def test_many_ids_are_many_streams():
    """One for each, each once; and for nobody there is none."""
    other = ID.replace("6", "7")
    told = Audience.PARTICIPANTS.streams({"user_ids": (other, ID, ID), "thread_ids": ()})
    assert told == (f"collab/user:{ID}", f"collab/user:{other}")
    assert Audience.PARTICIPANTS.streams({"user_ids": (), "thread_ids": ()}) == ()


def test_a_part_of_an_address_is_none():
    """Where two ids are needed, one is not enough."""
    with pytest.raises(KeyError):
        Audience.MEMBER_AND_STAFF.streams({"course_id": ID})
    with pytest.raises(KeyError):
        Audience.MEMBER_AND_STAFF.streams({"user_id": ID})
