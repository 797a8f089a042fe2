"""Notifications over the real doors: read by their owner alone, and counted alike on every device."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness.notified import notified
from tests.harness.people import Person, feed
from tests.harness.rights import promoted
from tests.harness.school import School

BASE = "/api/v1/notifications"
PREFERENCES = f"{BASE}/preferences"


async def titles(person: Person, query: str = "", **headers: str) -> list[str]:
    return [one["title"] for one in (await person.get(f"{BASE}?{query}", **headers)).data]


async def unread(person: Person) -> int:
    return (await person.get(f"{BASE}/summary")).data["unread"]


async def test_the_list_is_newest_first_and_in_pages(school: School):
    """With its filters, and the position from which events go on."""
    person, other = await school.person(), await school.person()
    ids = [await notified(school, person, title=f"N{number}") for number in range(3)]
    await notified(school, other)
    await person.post(f"{BASE}/read", {"ids": [ids[0]]})
    assert await titles(person) == [f"New in C: N{number}" for number in (2, 1, 0)]
    assert await titles(person, "unread=false") == ["New in C: N0"]
    assert await titles(person, "unread=true&limit=1&page=2") == ["New in C: N1"]
    assert await titles(person, "category=grades") == await titles(person, f"courseId={'0' * 24}") == []
    reply = await person.get(BASE)
    assert list(reply.body["asOf"]) == [f"notifications/user:{person.id}"]
    assert reply.body["pagination"]["totalCount"] == 3


async def test_texts_are_in_the_language_of_the_caller(school: School):
    """As the client asks; else as the account says; an instant is said in the account's zone."""
    person = await school.person()
    due = {"title": "Essay", "due": "2026-03-02T17:30:00Z"}
    await notified(school, person, kind="deadline_near", category="deadlines", facts=due)
    await person.put("/api/v1/profile/preferences", {"locale": "fr", "timezone": "Africa/Lagos"})
    [shown] = (await person.get(BASE)).data
    assert (shown["title"], shown["text"]) == ("Bientôt à rendre : Essay", "À rendre 2 mars 2026, 18:30.")
    assert await titles(person, Accept_Language="en") == ["Due soon: Essay"]
    assert shown["facts"] == due


async def test_reading_some_or_one_and_all_older_ones(school: School):
    """Again changes nothing; what is others' counts as none."""
    person, other = await school.person(), await school.person()
    ids = [await notified(school, person, title=f"N{number}") for number in range(5)]
    foreign = await notified(school, other)
    for changed in (1, 0):
        reply = await person.post(f"{BASE}/read", {"ids": [ids[3], foreign]})
        assert reply.data == {"unread": 4, "changed": changed}
    assert (await person.post(f"{BASE}/read", {"before": foreign})).data == {"unread": 4, "changed": 0}
    assert (await person.post(f"{BASE}/read", {"before": ids[1]})).data == {"unread": 2, "changed": 2}
    assert (await person.post(f"{BASE}/read-all")).data == {"unread": 0, "changed": 2}
    assert (await person.post(f"{BASE}/read-all")).data == {"unread": 0, "changed": 0}
    assert (await unread(person), await unread(other)) == (0, 1)


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": ["0" * 24], "before": "0" * 24}, {"ids": ["x"]}, {"ids": ["0" * 24] * 501}, {"before": None}],
    ids=["nothing", "both", "no id", "too many", "null"],
)
async def test_what_is_read_must_be_said_in_one_way(school: School, body: dict[str, Any]):
    """Anything else is refused, and nothing is read."""
    person = await school.person()
    await notified(school, person)
    reply = await person.post(f"{BASE}/read", body)
    assert (reply.status, reply.code, await unread(person)) == (400, "invalid_input", 1)


async def test_every_device_shows_the_same_count_and_nobody_else_hears(school: School):
    """Through both instances and over server-sent events: what is told, then what is read, each with the count."""
    person, other = await promoted(school, "admin"), await school.person()
    away = person.at(school.other_url)
    async with (
        person.live("notifications") as here,
        away.live("notifications") as there,
        other.live("notifications") as stranger,
        feed(away, "/notifications") as reader,
    ):
        await person.post("/api/v1/admin/notifications/test")
        heard = [await one.event("notification.new") for one in (here, there, reader)]
        assert heard[0] == heard[1] == heard[2]
        await away.post(f"{BASE}/read", {"ids": [heard[0]["notificationId"]]})
        seen = [await one.event("notification.read") for one in (here, there, reader)]
        assert [(heard[0]["unread"], one["unread"]) for one in seen] == [(1, 0)] * 3
        await notified(school, other)
        await other.post(f"{BASE}/read-all")
        assert (await stranger.event("notification.read"))["userId"] == other.id
        assert stranger.named("notification.new") == []


async def test_an_event_tells_no_more_than_the_list_shows(school: School):
    """Payload by payload; the count stands in the summary."""
    person = await promoted(school, "admin")
    async with person.live("notifications") as inbox:
        await person.post("/api/v1/admin/notifications/test")
        told = await inbox.event("notification.new")
    [shown] = (await person.get(BASE)).data
    summary = (await person.get(f"{BASE}/summary")).data
    assert told["unread"] == summary["unread"] == summary["byCategory"]["system"] == 1
    public = {name: value for name, value in told.items() if not name.startswith("_")}
    over_rest = {**shown, **summary, "type": shown["kind"], "userId": person.id}
    assert public == {name: over_rest[name] for name in public}


async def test_why_one_was_told_is_said_to_its_owner_alone(school: School):
    """The reason and each way, in the caller's language; to anybody else it does not exist."""
    person, other = await school.person(), await school.person()
    path = f"{BASE}/{await notified(school, person)}/why"
    why = (await person.get(path, Accept_Language="fr")).data
    assert why["reasons"] == [{"code": "in_course", "text": "Vous suivez ce cours."}]
    ways = {way["channel"]: (way["cadence"], way["state"]) for way in why["channels"]}
    assert ways == {
        "in_app": ("immediate", "told"),
        "email": ("digest", "nothing"),
        "push": ("never", "off"),
        "sms": ("never", "off"),
    }
    assert (await other.get(path)).status == 404
    assert (await school.admin.get(path)).status == 404


async def test_preferences_are_a_whole_matrix_and_are_chosen_in_parts(school: School):
    """What is left out stays; the master switch and the zone are the account's."""
    person = await school.person()
    before = (await person.get(PREFERENCES)).data
    assert before["cadences"]["announcements"] == {
        "in_app": "immediate",
        "email": "digest",
        "push": "never",
        "sms": "never",
    }
    change = {"cadences": {"announcements": {"email": "never"}}, "quietHours": {"from": "22:00", "until": "07:00"}}
    assert (await person.put(PREFERENCES, change)).status == 200
    after = (await person.put(PREFERENCES, {"enabled": False, "timezone": "Europe/Paris"})).data
    assert after["cadences"]["announcements"]["email"] == "never"
    assert after["quietHours"] == change["quietHours"]
    assert {name for name in after if after[name] != before[name]} == {"cadences", "quietHours", "enabled", "timezone"}
    assert (await person.put(PREFERENCES, {"quietHours": None})).data["quietHours"] is None
    assert (await person.get("/api/v1/users/me")).data["notificationPreference"] is False


async def test_an_old_form_does_not_overwrite_a_newer_one(school: School):
    """If-Match counts from the first choice on, and a choice that changes nothing keeps the version."""
    person = await school.person()
    first = (await person.get(PREFERENCES)).headers["ETag"]
    assert (await person.put(PREFERENCES, {"deadlinesAnyway": True}, If_Match=first)).headers["ETag"] == first
    second = await person.put(PREFERENCES, {"deadlinesAnyway": False}, If_Match=first)
    assert second.status == 200
    assert (await person.put(PREFERENCES, {"enabled": False}, If_Match=first)).code == "version_mismatch"
    third = await person.put(PREFERENCES, {"enabled": False}, If_Match=second.headers["ETag"])
    assert (third.status, third.data["deadlinesAnyway"]) == (200, False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cadences": {"grades": {"in_app": "never"}}}, "notification_locked"),
        ({"cadences": {"security": {"email": "digest"}, "messages": {"email": "never"}}}, "notification_locked"),
        ({"cadences": {"messages": {"in_app": "digest"}}}, "invalid_input"),
        ({"cadences": {"gossip": {"email": "never"}}}, "invalid_input"),
        ({"cadences": {"grades": {"pigeon": "never"}}}, "invalid_input"),
        ({"quietHours": {"from": "24:00", "until": "07:00"}}, "invalid_input"),
        ({"quietHours": {"from": "07:00", "until": "07:00"}}, "invalid_input"),
        ({"timezone": "Mars/Olympus"}, "invalid_input"),
        ({"mutedCourses": ["0" * 24]}, "invalid_input"),
    ],
    ids=["locked", "locked in part", "no digest in the app", "category", "way", "hour", "no hours", "zone", "course"],
)
async def test_what_cannot_be_chosen_is_refused_whole(school: School, change: dict[str, Any], code: str):
    """With its code and fields; nothing of the call counts."""
    person = await school.person()
    before = await person.get(PREFERENCES)
    reply = await person.put(PREFERENCES, change)
    assert (reply.status, reply.code, bool(reply.body["fields"])) == (400, code, True)
    assert (await person.get(PREFERENCES)).headers["ETag"] == before.headers["ETag"]


async def test_a_locked_cell_may_be_given_as_it_is(school: School):
    """A form sends all that it shows."""
    person = await school.person()
    shown = (await person.get(PREFERENCES)).data
    assert {"category": "grades", "channel": "in_app"} in shown["locked"]
    reply = await person.put(PREFERENCES, {"cadences": shown["cadences"]})
    assert (reply.status, reply.data["cadences"]) == (200, shown["cadences"])


async def test_one_mutes_courses_that_one_is_in(school: School):
    """As a member or as who teaches; one that was left may stay mute, and a stranger's cannot be muted."""
    instructor, student = await school.person("instructor"), await school.person()
    course, other = await school.course(instructor, student), await school.course(instructor)
    for person in (instructor, student):
        assert (await person.put(PREFERENCES, {"mutedCourses": [course]})).data["mutedCourses"] == [course]
    await student.delete(f"/api/v1/courses/{course}/enroll")
    assert (await student.put(PREFERENCES, {"mutedCourses": [course]})).status == 200
    refused = await student.put(PREFERENCES, {"mutedCourses": [course, other]})
    assert [field["path"] for field in refused.body["fields"]] == ["mutedCourses.1"]


async def test_choices_at_the_same_moment_both_count(school: School):
    """The first ones ever, through both instances: neither is lost."""
    person = await school.person()
    away = person.at(school.other_url)
    quiet = {"quietHours": {"from": "21:00", "until": "06:00"}}
    await asyncio.gather(person.put(PREFERENCES, quiet), away.put(PREFERENCES, {"deadlinesAnyway": False}))
    after = (await person.get(PREFERENCES)).data
    assert (after["quietHours"], after["deadlinesAnyway"]) == (quiet["quietHours"], False)
