"""Announcements that are not posted at once: drafts, those for later, and those that end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.types import now
from tests.harness.people import Person
from tests.harness.school import School

PATH = "/api/v1/announcements"
TEXT = {"title": "Excursion", "content": "We meet at the station."}
LATER = "2030-05-01T08:00:00Z"
STATES = ("draft", "scheduled", "posted", "expired", "withdrawn")


def ahead(**parts: float) -> str:
    return (now() + timedelta(**parts)).isoformat()


@pytest.fixture(scope="module")
async def classroom(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student)


async def write(person: Person, course: str, **fields: Any) -> Any:
    reply = await person.post(PATH, {**TEXT, "courseId": course, **fields})
    assert reply.status == 201, reply.body
    return reply.data


async def in_state(person: Person, course: str, state: str) -> str:
    """The path of an announcement in that state; one that is over is so within seconds."""
    ends = {"expiresAt": ahead(seconds=1)}
    plan = {"draft": {"status": "draft"}, "scheduled": {"scheduledAt": LATER}, "expired": ends}.get(state, {})
    async with person.live() as live:
        await live.watch(course)
        announcement_id = (await write(person, course, **plan))["announcementId"]
        if state == "expired":
            await live.event("announcement.expired", announcementId=announcement_id)
    if state == "withdrawn":
        assert (await person.delete(f"{PATH}/{announcement_id}")).status == 200
    return f"{PATH}/{announcement_id}"


ASKED = {
    "draft": {"status": "draft"},
    "scheduled": {"scheduledAt": LATER},
    "posted": {"status": "posted"},
    "expired": {"status": "expired"},
    "withdrawn": None,
}
ALLOWED = {
    "draft": {"draft", "scheduled", "posted", "withdrawn"},
    "scheduled": {"draft", "scheduled", "posted", "withdrawn"},
    "posted": {"posted", "withdrawn"},
    "expired": set(),
    "withdrawn": set(),
}


@pytest.mark.parametrize("before", STATES)
async def test_a_state_leads_where_the_table_says_and_nowhere_else(classroom, before: str):
    """Every other step is refused with a stable code, and changes nothing."""
    instructor, _, course = classroom
    path = await in_state(instructor, course, before)
    for after, asked in ASKED.items():
        if ALLOWED[before]:
            path = await in_state(instructor, course, before)
        reply = await (instructor.put(path, asked) if asked else instructor.delete(path))
        found = (await instructor.get(path)).data["status"]
        if after in ALLOWED[before]:
            assert (reply.status, found) == (200, after)
        else:
            assert (reply.status, reply.code, found) == (409, "invalid_transition", before)


async def test_what_is_not_posted_is_there_for_staff_alone(school: School, classroom):
    """Members meet 404, an empty feed and no event; managers, who may not post here, no more than they."""
    instructor, student, course = classroom
    async with student.live() as live:
        await live.watch(course)
        paths = [await in_state(instructor, course, state) for state in ("draft", "scheduled")]
        await instructor.put(paths[0], {"title": "Changed"})
        shown = await write(instructor, course, title="Shown")
        await live.event("announcement.posted", title="Shown")
        assert [one["title"] for one in live.named("announcement.posted")] == ["Shown"]
    for path in paths:
        assert (await instructor.get(path)).status == 200
        assert [(await student.get(path)).code, (await student.post(f"{path}/read")).code] == ["not_found"] * 2
    feed = await student.get(f"{PATH}?courseId={course}")
    assert shown["announcementId"] in [one["announcementId"] for one in feed.data]
    assert {one["status"] for one in feed.data} == {"posted"}
    assert (await student.get(f"{PATH}?courseId={course}&status=posted,draft")).status == 403
    listed = (await instructor.get(f"{PATH}?courseId={course}&status=draft,scheduled&limit=100")).data
    assert {one["status"] for one in listed} == {"draft", "scheduled"}


async def test_the_wall_time_of_the_author_counts(school: School, classroom):
    """Without an offset it is read in the zone that is named, else in the author's own."""
    instructor, _, course = classroom
    named = await write(instructor, course, scheduledAt="2027-03-28T02:30", timezone="Europe/Paris")
    assert (named["scheduledAt"], named["timezone"]) == ("2027-03-28T01:30:00Z", "Europe/Paris")
    author = await school.person("instructor")
    await author.put("/api/v1/profile/update", {"timezone": "Africa/Lagos"})
    own = await write(author, await school.course(author), scheduledAt="2027-03-28T02:30", expiresAt="2027-03-29T02:30")
    assert (own["scheduledAt"], own["expiresAt"]) == ("2027-03-28T01:30:00Z", "2027-03-29T01:30:00Z")
    moved = (await author.put(f"{PATH}/{own['announcementId']}", {"timezone": "Asia/Tokyo"})).data
    assert (moved["scheduledAt"], moved["timezone"]) == ("2027-03-27T17:30:00Z", "Asia/Tokyo")


BAD = {
    "unknown zone": ({"scheduledAt": "2027-03-28T02:30", "timezone": "Mars/Base"}, "timezone"),
    "year 0": ({"scheduledAt": "0000-01-01T00:00:00Z"}, "scheduledAt"),
    "year 9999": ({"scheduledAt": "9999-12-31T23:59:59Z"}, "scheduledAt"),
    "out of the calendar": ({"scheduledAt": "9999-12-31T23:59:59-12:00"}, "scheduledAt"),
    "wall out of the calendar": ({"scheduledAt": "0001-01-01T00:00", "timezone": "Asia/Tokyo"}, "scheduledAt"),
    "no time": ({"status": "scheduled"}, "scheduledAt"),
    "draft with a time": ({"status": "draft", "scheduledAt": LATER}, "scheduledAt"),
    "ends before it begins": ({"scheduledAt": LATER, "expiresAt": "2030-04-30T08:00:00Z"}, "expiresAt"),
    "ended": ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    "no such day": ({"scheduledAt": "2027-02-30T08:00:00Z"}, "scheduledAt"),
    "a number": ({"scheduledAt": True}, "scheduledAt"),
}


@pytest.mark.parametrize(("plan", "field"), BAD.values(), ids=BAD)
async def test_a_wrong_time_is_refused_by_its_field(classroom, plan: dict[str, Any], field: str):
    """Nothing is stored, and nothing is told."""
    instructor, _, course = classroom
    before = await counted(instructor, course)
    reply = await instructor.post(PATH, {**TEXT, "courseId": course, **plan})
    assert (reply.status, reply.body["fields"][0]["path"]) == (400, field)
    assert await counted(instructor, course) == before


async def counted(person: Person, course: str) -> int:
    every = ",".join(STATES)
    return (await person.get(f"{PATH}?courseId={course}&status={every}")).body["pagination"]["totalCount"]


async def test_posting_in_the_past_means_now(classroom):
    """So does posting what was planned for later."""
    instructor, student, course = classroom
    late = await write(instructor, course, scheduledAt="2020-01-01T00:00:00Z")
    assert (late["status"], late["scheduledAt"]) == ("posted", None)
    planned = await in_state(instructor, course, "scheduled")
    posted = (await instructor.put(planned, {"status": "posted"})).data
    assert (posted["status"], posted["scheduledAt"]) == ("posted", None)
    assert datetime.fromisoformat(posted["postedAt"]) <= now()
    assert (await student.get(planned)).data["postedAt"] == posted["postedAt"]


async def test_a_planned_announcement_appears_and_ends_by_itself(classroom):
    """Members are told at both moments, once each; afterwards it is listed for staff alone."""
    instructor, student, course = classroom
    async with student.live() as live:
        await live.watch(course)
        plan = await write(instructor, course, scheduledAt=ahead(seconds=1), expiresAt=ahead(seconds=3), title="Short")
        told = await live.event("announcement.posted", announcementId=plan["announcementId"])
        assert told["postedAt"] == plan["scheduledAt"]
        gone = await live.event("announcement.expired", announcementId=plan["announcementId"])
        assert (told["_version"], gone["_version"]) == (2, 3)
        assert len([one for one in live.named("announcement.posted") if one["title"] == "Short"]) == 1
    assert (await student.get(f"{PATH}/{plan['announcementId']}")).status == 404
    over = (await instructor.get(f"{PATH}?courseId={course}&status=expired&limit=100")).data
    assert plan["announcementId"] in [one["announcementId"] for one in over]


async def test_a_change_of_plan_makes_the_old_one_void(classroom):
    """Of two moments only the later one counts; an end that is taken away never comes."""
    instructor, student, course = classroom
    async with student.live() as live:
        await live.watch(course)
        plan = await write(instructor, course, scheduledAt=ahead(seconds=2), title="Twice planned")
        path = f"{PATH}/{plan['announcementId']}"
        await instructor.put(path, {"scheduledAt": ahead(seconds=3), "expiresAt": ahead(seconds=4)})
        await instructor.put(path, {"expiresAt": None})
        other = await write(instructor, course, expiresAt=ahead(seconds=4), title="Ends")
        await live.event("announcement.expired", announcementId=other["announcementId"])
        told = [one for one in live.named("announcement.posted") if one["title"] == "Twice planned"]
        assert [one["_version"] for one in told] == [4]
        assert (await student.get(path)).data["status"] == "posted"


async def test_an_edit_keeps_the_date_and_says_that_it_is_one(classroom):
    """`postedAt` stays, `editedAt` comes; saying the same again changes nothing and tells nothing."""
    instructor, student, course = classroom
    async with student.live() as live:
        await live.watch(course)
        first = await write(instructor, course, title="Edited")
        path = f"{PATH}/{first['announcementId']}"
        changed = (await instructor.put(path, {"title": "Edited once"})).data
        again = (await instructor.put(path, {"title": "Edited once"})).data
        told = await live.event("announcement.updated", title="Edited once")
        assert (changed["postedAt"], first["editedAt"]) == (first["postedAt"], None)
        assert changed["editedAt"] >= changed["postedAt"]
        assert (again["version"], told["_version"]) == (2, 2)


async def test_nothing_is_posted_for_an_author_whose_account_is_closed(school: School):
    """What they had planned goes back to the drafts, where others who teach the course find it."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    async with student.live() as live:
        await live.watch(course)
        planned = await write(instructor, course, scheduledAt=ahead(seconds=1.5), title="Planned")
        assert (await school.admin.post(f"/api/v1/users/{instructor.id}/suspend")).status == 200
        await write(school.admin, course, scheduledAt=ahead(seconds=3), title="Later")
        await live.event("announcement.posted", title="Later")
        assert [one["title"] for one in live.named("announcement.posted")] == ["Later"]
    found = (await school.admin.get(f"{PATH}/{planned['announcementId']}")).data
    assert (found["status"], found["scheduledAt"]) == ("draft", None)
