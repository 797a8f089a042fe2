"""Roles beside the primary one: where they count, who gives them, and how soon each change is felt."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.people import Person, feed
from tests.harness.rights import USERS, assign, in_seconds, promoted, renewed, staff_of
from tests.harness.school import School, announce


async def audited(school: School, person: Person, action: str) -> dict:
    """The newest line of the audit log about the person with this action."""
    rows = (await school.admin.get(f"{USERS}/{person.id}/activity?limit=50")).data
    return next(row for row in rows if row["action"] == action)


async def test_a_facilitator_of_one_course_is_staff_there_and_nowhere_else(school: School):
    """May announce and read the roster of that course, also as a draft; another course is as to any student."""
    instructor = await school.person("instructor")
    mine, other = await school.course(instructor), await school.course(instructor)
    draft = {"title": "News", "content": "Something."}
    facilitator = await staff_of(school, mine)

    assert (await facilitator.post("/api/v1/announcements", {**draft, "courseId": mine})).status == 201
    assert (await facilitator.get(f"/api/v1/courses/{mine}/roster")).status == 200
    assert (await facilitator.post("/api/v1/announcements", {**draft, "courseId": other})).status == 403
    assert (await facilitator.post("/api/v1/courses", {"title": "My own"})).status == 403
    assert (await facilitator.delete(f"/api/v1/courses/{mine}")).status == 403
    assert (await facilitator.post(f"/api/v1/courses/{mine}/enroll")).code == "own_course"
    for course in (mine, other):
        await instructor.put(f"/api/v1/courses/{course}", {"status": "draft"})
    assert (await facilitator.get(f"/api/v1/courses/{mine}")).status == 200
    assert (await facilitator.get(f"/api/v1/courses/{other}")).status == 404
    shown = (await facilitator.get(f"/api/v1/courses?instructorId={instructor.id}")).data
    assert [course["courseId"] for course in shown] == [mine]


async def test_an_instructor_assigned_as_facilitator_has_no_more_than_that(school: School):
    """The primary role reaches own courses only: a colleague who helps out does not get the owner's rights."""
    owner, helper = await school.person("instructor"), await school.person("instructor")
    course = await school.course(owner)
    await assign(school.admin, helper, role="facilitator", course=course)
    helper = await renewed(helper)
    assert (await helper.put(f"/api/v1/courses/{course}", {"title": "Better"})).status == 200
    assert (await helper.delete(f"/api/v1/courses/{course}")).status == 403
    assert (await owner.delete(f"/api/v1/courses/{course}")).status == 200


async def test_a_denial_wins_everywhere_or_in_one_course(school: School):
    """Whoever is denied posting cannot post with any role; in one course only, the others stay open."""
    owner = await school.person("instructor")
    first, second = await school.course(owner), await school.course(owner)
    made = await assign(school.admin, owner, denies="announcement.post", course=first)
    owner = await renewed(owner)
    draft = {"title": "News", "content": "Something."}
    assert (await owner.post("/api/v1/announcements", {**draft, "courseId": first})).status == 403
    assert (await owner.post("/api/v1/announcements", {**draft, "courseId": second})).status == 201

    await assign(school.admin, owner, denies="announcement.post")
    owner = await renewed(owner)
    assert (await owner.post("/api/v1/announcements", {**draft, "courseId": second})).status == 403
    assert (await school.admin.delete(f"/api/v1/role-assignments/{made.data['assignmentId']}")).status == 200


async def test_a_mentor_knows_of_the_mentee_and_of_nobody_else(school: School):
    """What a mentor may not do with a mentee is forbidden; of others there is nothing to know."""
    mentee, stranger, mentor = [await school.person() for _ in range(3)]
    await assign(school.admin, mentor, role="mentor", user=mentee.id)
    mentor = await renewed(mentor)
    assert (await mentor.get(f"{USERS}/{mentee.id}")).status == 403
    assert (await mentor.get(f"{USERS}/{stranger.id}")).status == 404


async def test_an_older_token_is_told_to_refresh_and_the_session_goes_on(school: School):
    """401 session_outdated on every instance; the refreshed token has the new role."""
    person = await school.person()
    await school.admin.put(f"{USERS}/{person.id}/role", {"role": "tutor"})
    for _ in range(50):
        stale = await person.at(school.other_url).get("/api/v1/users/me")
        if stale.status == 401:
            break
        await asyncio.sleep(0.02)
    assert stale.code == "session_outdated"
    assert (await (await renewed(person)).get("/api/v1/users/me")).data["role"] == "tutor"


async def test_s26_a_lost_role_is_felt_by_open_sockets_within_a_second(school: School):
    """The connection stays: it is told its rights, leaves the staff's streams, and goes on as what it is now."""
    owner = await school.person("instructor")
    course = await school.course(owner)
    person = await staff_of(school, course)
    held = (await school.admin.get(f"{USERS}/{person.id}/assignments")).data[0]
    async with person.at(school.other_url).live("grading") as live:
        await live.watch(course)
        await school.admin.delete(f"/api/v1/role-assignments/{held['assignmentId']}")
        told = await live.event("session.permissions", within_s=1.0)

        assert sorted(told["left"]) == [f"grading/course:{course}", f"grading/course:{course}:staff"]
        assert told["role"] == "student"
        assert "announcement.post" not in told["permissions"]
        assert (await live.say("course.watch", courseId=course))["error"]["code"] == "forbidden"
        assert not live.ended.is_set()


async def test_s26_a_new_role_is_felt_by_open_sockets_within_a_second(school: School):
    """Without a reconnect and without a new token the connection may follow what it may now."""
    owner, person = await school.person("instructor"), await school.person()
    course = await school.course(owner)
    async with person.at(school.other_url).live("grading") as live:
        assert (await live.say("course.watch", courseId=course))["error"]["code"] == "forbidden"
        await assign(school.admin, person, role="facilitator", course=course)
        told = await live.event("session.permissions", within_s=1.0)
        assert (told["left"], "announcement.post" in told["permissions"]) == ([], True)
        assert len(await live.watch(course)) == 2


async def test_s26_readers_of_events_leave_what_they_may_not_read_any_more(school: School):
    """A stream of events goes on without the staff's streams, and says so."""
    course = await school.course(await school.person("instructor"))
    person = await staff_of(school, course)
    held = (await school.admin.get(f"{USERS}/{person.id}/assignments")).data[0]
    async with feed(person.at(school.other_url), "?topics=progress,notifications") as reader:
        await reader.event("sync.ok", stream=f"progress/course:{course}:staff")
        await school.admin.delete(f"/api/v1/role-assignments/{held['assignmentId']}")
        told = await reader.event("session.permissions", within_s=1.5)
        assert sorted(told["left"]) == [f"announcements/course:{course}", f"progress/course:{course}:staff"]


async def test_what_has_expired_stops_counting_at_once(school: School):
    """For the token that was minted with it, for open sockets, and at the door of the course."""
    owner, person = await school.person("instructor"), await school.person()
    course = await school.course(owner)
    await assign(school.admin, person, role="facilitator", course=course, expiresAt=in_seconds(1.5))
    person = await renewed(person)
    async with person.live("grading") as live:
        await live.watch(course)
        assert (await person.get(f"/api/v1/courses/{course}/roster")).status == 200
        told = await live.event("session.permissions", within_s=4)
        assert len(told["left"]) == 2
        assert (await person.get(f"/api/v1/courses/{course}/roster")).code == "session_outdated"
        person = await renewed(person)
        assert (await person.get(f"/api/v1/courses/{course}/roster")).status == 403
        assert (await school.admin.get(f"{USERS}/{person.id}/assignments")).data[0]["hasExpired"] is True


async def test_nobody_changes_their_own_rights(school: School):
    """Neither role nor assignment nor denial, not even the office."""
    admin = school.admin
    assert (await admin.put(f"{USERS}/{admin.id}/role", {"role": "student"})).code == "self_grant"
    assert (await assign(admin, admin, role="tutor")).code == "self_grant"


async def test_a_manager_manages_staff_below_and_gives_nothing_else(school: School):
    """No manager makes managers; students, managers and the office are not there for a manager."""
    manager, tutor, student = await promoted(school, "manager"), await school.person("tutor"), await school.person()
    assert (await manager.put(f"{USERS}/{tutor.id}/role", {"role": "facilitator"})).status == 200
    assert (await manager.put(f"{USERS}/{tutor.id}/role", {"role": "manager"})).code == "grant_not_held"
    assert (await assign(manager, tutor, role="manager")).code == "grant_not_held"
    assert (await assign(manager, tutor, role="tutor")).status == 201
    for other in (student, school.admin, await promoted(school, "manager")):
        assert (await manager.get(f"{USERS}/{other.id}")).status == 404
        assert (await manager.put(f"{USERS}/{other.id}/role", {"role": "tutor"})).status == 404
    await assign(school.admin, tutor, role="manager")
    assert (await manager.post(f"{USERS}/{tutor.id}/suspend", {})).status == 404


async def test_what_is_denied_to_me_i_do_not_give(school: School):
    """Nor is such a denial lifted by somebody who is under it."""
    manager, tutor, other = [await promoted(school, role) for role in ("manager", "tutor", "tutor")]
    denied = await assign(manager, other, denies="message.send")
    await assign(school.admin, manager, denies="message.send")
    manager = await renewed(manager)
    assert (await assign(manager, tutor, role="mentor")).code == "grant_not_held"
    lifted = await manager.delete(f"/api/v1/role-assignments/{denied.data['assignmentId']}")
    assert lifted.code == "grant_not_held"


async def test_rights_are_not_given_in_a_circle(school: School):
    """Nobody gives to those whose grants the own rights rest on, and mentors do not mentor each other."""
    giver = await promoted(school, "admin")
    held = await assign(giver, await promoted(school, "tutor"), role="mentor")
    assert held.status == 201
    await assign(giver, second := await promoted(school, "admin"), role="tutor")
    assert (await assign(await renewed(second), giver, role="tutor")).code == "grant_cycle"

    one, two, three = [await school.person() for _ in range(3)]
    for mentor, mentee in ((one, two), (two, three)):
        assert (await assign(school.admin, mentor, role="mentor", user=mentee.id)).status == 201
    for mentor, mentee in ((three, one), (two, one), (one, one)):
        assert (await assign(school.admin, mentor, role="mentor", user=mentee.id)).code == "grant_cycle"
    for admin in (giver, second):
        await school.admin.put(f"{USERS}/{admin.id}/role", {"role": "student"})


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"role": "king", "scopeType": "system"}, "role"),
        ({"role": "tutor"}, "scopeType"),
        ({"scopeType": "system"}, ""),
        ({"role": "tutor", "denies": "course.read", "scopeType": "system"}, ""),
        ({"role": "tutor", "scopeType": "course"}, ""),
        ({"role": "tutor", "scopeType": "system", "scopeId": "0" * 24}, ""),
        ({"role": "tutor", "scopeType": "course", "scopeId": "0" * 24}, "scopeType"),
        ({"role": "admin", "scopeType": "system"}, "scopeType"),
        ({"role": "student", "scopeType": "system"}, "scopeType"),
        ({"denies": "no.such", "scopeType": "system"}, "denies"),
        ({"role": "tutor", "scopeType": "system", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    ],
    ids=str,
)
async def test_senseless_assignments_are_refused(school: School, draft: dict, field: str):
    """With the field that is wrong, and without any change."""
    person = await school.person()
    reply = await school.admin.post(f"{USERS}/{person.id}/assignments", draft)
    assert (reply.status, [one["path"] for one in reply.body["fields"]]) == (400, [field])
    assert (await person.get("/api/v1/users/me")).status == 200


async def test_nothing_is_given_where_nothing_is(school: School):
    """A course, a person or an offering that does not exist cannot be one's place."""
    person = await school.person()
    for draft in ({"role": "facilitator", "course": "0" * 24}, {"role": "mentor", "user": "0" * 24}):
        assert (await assign(school.admin, person, **draft)).status == 404
    offering = {"role": "facilitator", "scopeType": "offering", "scopeId": "0" * 24}
    assert (await school.admin.post(f"{USERS}/{person.id}/assignments", offering)).status == 404


async def test_giving_twice_changes_nothing_and_all_is_audited(school: School):
    """201, then 200 with the same assignment; a new end is a change. Before and after stand in the log."""
    person = await school.person()
    first, again = [await assign(school.admin, person, role="tutor") for _ in range(2)]
    assert (first.status, again.status) == (201, 200)
    assert first.data["assignmentId"] == again.data["assignmentId"]
    longer = await assign(school.admin, person, role="tutor", expiresAt=in_seconds(3600))
    assert longer.data["assignmentId"] == first.data["assignmentId"]
    made = await audited(school, person, "assignment.made")
    assert (made["details"]["before"], made["details"]["after"][:4]) == ("never ends", longer.data["expiresAt"][:4])
    await school.admin.put(f"{USERS}/{person.id}/role", {"role": "mentor"})
    changed = await audited(school, person, "user.role_changed")
    assert (changed["details"], changed["actorId"]) == ({"before": "student", "after": "mentor"}, school.admin.id)


async def test_the_table_of_roles_is_shown_to_those_who_give_them(school: School):
    """All nine roles, what each holds and how far, and where it can be given."""
    table = (await school.admin.get("/api/v1/admin/permissions")).data
    rows = {row["role"]: row for row in table["roles"]}
    assert len(rows) == 9
    assert rows["facilitator"]["scopes"] == ["cohort", "course", "offering", "system"]
    assert {"permission": "grade.write", "reaches": ["staff"]} in rows["instructor"]["permissions"]
    assert "grade.write" in table["permissions"]


async def test_staff_by_assignment_hear_what_staff_hear(school: School):
    """A facilitator's stream of events follows the assigned course without naming it, and no other."""
    owner = await school.person("instructor")
    course, other = await school.course(owner), await school.course(owner)
    facilitator = await staff_of(school, course)
    async with feed(facilitator, "/notifications") as reader:
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await announce(owner, other, "Elsewhere")
        await announce(owner, course, "Here")
        await reader.event("announcement.posted", title="Here")
        assert [told["title"] for told in reader.named("announcement.posted")] == ["Here"]
