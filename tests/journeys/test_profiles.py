"""Profiles: who sees what, and what their owner may change."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness.people import PASSWORD, Person, Reply, call, sign_in
from tests.harness.school import School

UPDATE, PREFERENCES, CHECK = "/api/v1/profile/update", "/api/v1/profile/preferences", "/api/v1/profile/check-username"
KEYS = {
    *("id", "email", "firstName", "lastName", "username", "role", "avatarUrl", "notificationPreference"),
    *("preferredStudyTime", "createdAt", "updatedAt", "lastLearned", "currentStreak", "weeklyLearningGoal"),
    *("enrollments", "achievements", "ratings", "statistics", "timezone", "locale", "emailVerified"),
    "roleProfile",
}
STATISTICS = {
    *("totalCourses", "completedCourses", "totalLessonsCompleted", "totalAssignmentsSubmitted", "averageGrade"),
    *("totalStudyTime", "totalAchievements", "averageRating"),
}
SEEN_BY_CLASSMATES = {"id", "firstName", "lastName", "username", "role", "avatarUrl"}


async def refreshed(person: Person) -> Reply:
    body = {"refreshToken": person.refresh_token}
    return await call(person.http, "POST", f"{person.url}/api/v1/auth/refresh", body, {})


def profile(person: Person) -> str:
    return f"/api/v1/users/{person.id}/profile"


async def test_a_profile_shows_as_much_as_its_reader_may_know(school: School):
    """Oneself and staff see all of it, classmates and students of a teacher a little, strangers nothing."""
    teacher, stranger, colleague = [await school.person(role) for role in ("instructor", "student", "instructor")]
    student, classmate = await school.person(), await school.person()
    await school.course(teacher, student, classmate)

    for reader in (student, teacher, school.admin):
        seen = (await reader.get(profile(student))).data
        assert seen["email"]
        assert (len(seen["enrollments"]), seen["statistics"]["totalCourses"]) == (1, 1)
    for reader, other in ((classmate, student), (student, teacher)):
        seen = (await reader.get(profile(other))).data
        assert {name for name in seen if seen[name] not in (None, [])} - {"statistics"} <= SEEN_BY_CLASSMATES
        assert set(seen["statistics"].values()) == {None}
    for reader in (stranger, colleague):
        refused = await reader.get(profile(student))
        missing = await reader.get("/api/v1/users/000000000000000000000000/profile")
        assert (refused.status, {**refused.body, "requestId": ""}) == (404, {**missing.body, "requestId": ""})


async def test_whoever_left_is_a_stranger_again(school: School):
    """A dropped place, a deleted course and a course of each one's own make nobody acquainted."""
    teacher, student, classmate = await school.person("instructor"), await school.person(), await school.person()
    course_id = await school.course(teacher, student, classmate)
    await classmate.delete(f"/api/v1/courses/{course_id}/enroll")
    assert (await classmate.get(profile(student))).status == 404
    await teacher.delete(f"/api/v1/courses/{course_id}")
    assert (await teacher.get(profile(student))).status == 404
    assert (await student.get(profile(student))).data["enrollments"] == []


async def test_every_named_field_is_there(school: School):
    """A client of the older shapes finds all of its keys, whoever reads."""
    teacher, student, classmate = await school.person("instructor"), await school.person(), await school.person()
    course_id = await school.course(teacher, student, classmate)
    for reader in (student, classmate):
        seen = (await reader.get(profile(student))).data
        assert (set(seen), set(seen["statistics"])) == (KEYS, STATISTICS)
    place = (await student.get(profile(student))).data["enrollments"][0]
    assert set(place) == {"enrollmentId", "courseId", "enrolledAt", "course", "progress", "lessonCompletions"}
    assert place["course"]["instructor"]["id"] == teacher.id
    assert set(place["course"]) == {"courseId", "title", "category", "difficultyLevel", "thumbnailUrl", "instructor"}
    assert (place["courseId"], place["progress"]["completionPercentage"]) == (course_id, 0)


async def test_an_update_changes_what_is_given(school: School):
    """Both spellings count; null takes away what may be missing; the roster follows a new name."""
    teacher, student = await school.person("instructor"), await school.person()
    course_id = await school.course(teacher, student, await school.person(lastName="Middle"))
    change = {
        "last_name": "Zuse",
        "weeklyLearningGoal": 10_080,
        "timezone": "Africa/Kigali",
        "preferredStudyTime": "night",
    }
    after = (await student.put(UPDATE, {**change, "userId": student.id})).data
    assert (after["lastName"], after["firstName"], after["weeklyLearningGoal"]) == ("Zuse", "Pat", 10_080)
    assert (after["timezone"], after["preferredStudyTime"]) == ("Africa/Kigali", "night")
    roster = (await teacher.get(f"/api/v1/courses/{course_id}/roster")).data
    assert [row["student"]["lastName"] for row in roster] == ["Middle", "Zuse"]

    after = (await student.put(UPDATE, {"weeklyLearningGoal": None, "timezone": None, "preferredStudyTime": None})).data
    assert (after["weeklyLearningGoal"], after["timezone"], after["preferredStudyTime"]) == (
        None,
        "Africa/Kigali",
        None,
    )
    assert (await student.put(UPDATE, {})).data == after


async def test_preferences_are_a_part_of_the_profile(school: School):
    """Whether, when, where and in which language."""
    student = await school.person()
    change = {
        "notificationPreference": False,
        "preferredStudyTime": "evening",
        "timezone": "Europe/Paris",
        "locale": "fr",
    }
    assert change.items() <= (await student.put(PREFERENCES, change)).data.items()
    assert change.items() <= (await student.get(profile(student))).data.items()


@pytest.mark.parametrize(
    "bad",
    [
        {"weeklyLearningGoal": -1},
        {"weeklyLearningGoal": 10_081},
        {"weeklyLearningGoal": 10**9},
        {"weeklyLearningGoal": "5"},
        {"weeklyLearningGoal": True},
        {"weeklyLearningGoal": 1.5},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": ""},
        {"timezone": "europe/paris"},
        {"locale": "xx"},
        {"preferredStudyTime": "noon"},
        {"notificationPreference": "yes"},
        {"notificationPreference": 1},
        {"firstName": " "},
        {"lastName": "x" * 81},
        {"firstName": "a\u202eb"},
        {"avatarUrl": "javascript:alert(1)"},
        {"avatarUrl": "http://plain.example/a.png"},
        {"username": "a"},
        {"username": "ada lovelace"},
        {"username": "аdmin"},
        {"email": "a@b"},
        {"email": "new@school.example"},
        {"newPassword": "another good password"},
        {"newPassword": "short", "currentPassword": PASSWORD},
        {"role": "admin"},
        {"status": "suspended"},
        {"emailVerified": True},
        {"permissionVersion": 9},
    ],
    ids=str,
)
async def test_a_bad_update_changes_nothing(school: School, bad: dict[str, Any]):
    """400 names the field, and the good ones beside it are not taken either."""
    student = await school.person()
    before = (await student.get(profile(student))).data
    refused = await student.put(UPDATE, {"firstName": "New", **bad})
    assert (refused.status, refused.code) == (400, "invalid_input")
    assert refused.body["fields"]
    assert (await student.get(profile(student))).data == before


async def test_five_who_want_one_name_or_address_leave_one_owner(school: School):
    """The database decides; the others are told that it is taken, and none of them sees a crash."""
    people = [await school.person() for _ in range(5)]
    for change, code in (
        ({"username": "wanted-by-all"}, "username_taken"),
        ({"email": "wanted@school.example", "currentPassword": PASSWORD}, "email_taken"),
    ):
        replies = await asyncio.gather(*(person.put(UPDATE, change) for person in people))
        assert sorted(reply.status for reply in replies) == [200] + [409] * 4
        assert {reply.code for reply in replies if reply.status == 409} <= {code, "conflict"}


@pytest.mark.parametrize("path", [UPDATE, PREFERENCES])
async def test_the_account_of_another_is_not_ones_own(school: School, path: str):
    """An id in the body that is not the caller's is 403, also for staff; a stale version is 412."""
    student, other = await school.person(), await school.person()
    for caller in (student, school.admin):
        assert (await caller.put(path, {"userId": other.id, "locale": "fr"})).status == 403
    tag = (await student.get(profile(student))).headers["ETag"]
    assert (await student.put(path, {"locale": "fr"}, If_Match=tag)).status == 200
    assert (await student.put(path, {"locale": "en"}, If_Match=tag)).code == "version_mismatch"


async def test_a_new_address_needs_the_password_and_is_not_verified(school: School):
    """The old one opens nothing any more and hears of it; other devices are signed out, this one stays."""
    student = await school.person(email="before@school.example", firstName="Movingday")
    other = await sign_in(school.http, school.url, "before@school.example", PASSWORD)
    change = {"email": "After@school.example", "currentPassword": PASSWORD}
    assert (await student.put(UPDATE, {**change, "currentPassword": "wrong"})).code == "invalid_credentials"
    assert (await student.put(UPDATE, {**change, "email": "admin@school.example"})).code == "email_taken"
    assert (await other.get("/api/v1/users/me")).status == 200

    after = (await student.put(UPDATE, change)).data
    assert (after["email"], after["emailVerified"]) == ("After@school.example", False)
    assert (await refreshed(other)).code == "session_ended"
    assert (await student.get("/api/v1/users/me")).status == 200
    with pytest.raises(AssertionError):
        await sign_in(school.http, school.url, "before@school.example", PASSWORD)
    await sign_in(school.http, school.url, "after@school.example", PASSWORD)


async def test_a_new_password_needs_the_old_one(school: School):
    """Then the old one opens nothing, and every other device is signed out."""
    email = "rekeyed@school.example"
    student, other = await school.person(email=email), await sign_in(school.http, school.url, email, PASSWORD)
    assert (await student.put(UPDATE, {"newPassword": "a new good password", "currentPassword": "x"})).status == 401
    done = await student.put(UPDATE, {"newPassword": "a new good password", "currentPassword": PASSWORD})
    assert done.status == 200
    assert (await refreshed(other)).code == "session_ended"
    draft = {"email": email, "password": PASSWORD}
    assert (await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", draft, {})).status == 401
    await sign_in(school.http, school.url, email, "a new good password")


@pytest.mark.parametrize(
    ("username", "reason"),
    [
        ("ADMIN", "reserved"),
        ("adm1n-istrator", None),
        ("r00t", "reserved"),
        ("No_Reply", "reserved"),
        ("аdmin", "invalid"),
        ("ａｄｍｉｎ", "invalid"),
        ("", "invalid"),
        ("ab", "invalid"),
        ("-ada-", "invalid"),
        ("a" * 31, "invalid"),
        ("' OR 1=1 --", "invalid"),
        ("Free.Of.Charge", None),
    ],
)
async def test_usernames_are_judged_before_they_are_chosen(school: School, username: str, reason: str | None):
    """Reserved words in any disguise, other scripts, and wrong forms; the real choice answers alike."""
    student = await school.person()
    judged = (await student.post(CHECK, {"username": username})).data
    assert judged == {"username": username, "available": reason is None, "reason": reason}
    chosen = await student.put(UPDATE, {"username": username})
    assert chosen.status == {"reserved": 409, "invalid": 400, None: 200}[reason]


async def test_a_username_is_taken_by_whatever_looks_like_it(school: School):
    """Case, `0` for `o`, `1` for `l`, `rn` for `m`, and another separator make no other name; one's own is free."""
    owner, other = await school.person(username="Milo.Hall-0"), await school.person()
    for alike in ("milo.hall-0", "MILO_HALL-O", "Mi1o.Ha11-0", "rniIo.hall.o"):
        assert (await other.post(CHECK, {"username": alike})).data["reason"] == "taken", alike
        assert (await other.put(UPDATE, {"username": alike})).code == "username_taken"
    assert (await owner.put(UPDATE, {"username": "MILO.Hall-0"})).data["username"] == "MILO.Hall-0"
    draft = {"email": "milo@school.example", "password": PASSWORD, "firstName": "M", "lastName": "H"}
    signup = await call(
        school.http, "POST", f"{school.url}/api/v1/auth/signup", {**draft, "username": "mil0.hall-0"}, {}
    )
    assert signup.code == "username_taken"
    assert (await call(school.http, "POST", f"{school.url}{CHECK}", {"username": "x"}, {})).status == 401
