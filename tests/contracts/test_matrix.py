"""S10, role × route and command × object: every cell is declared here, and every cell is tried over real doors.

A new row of ROUTES or COMMANDS fails until its line stands here: one word for each way in which its object can stand
to the caller (VARIANTS in `tests/harness/matrix.py`), in a word one letter for each role. A row about no object has
one word.

    -  401, nobody is signed in     x  403, known and forbidden     ?  404, nothing to know of
    o  the row's own status         k  another that it declares     c  409, the rules say no
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest

from handlers.call import Gate, Route
from realtime.commands import COMMANDS
from server.routes import DEVELOPMENT_ROUTES, ROUTES
from tests.harness.matrix import MISSING, ROLES, SAID, VARIANTS, World, build, tried
from tests.harness.people import Live, Reply
from tests.harness.school import School

# The roles, in the order of the letters: guest student promoter mentor tutor facilitator instructor manager admin.
CELLS = {
    "GET /users/me": "-oooooooo",
    "GET /auth/sessions": "-oooooooo",
    "DELETE /auth/sessions": "-oooooooo",
    "POST /auth/change-password": "---------",
    "POST /auth/verify-email/send": "-oooooooo",
    "GET /auth/mfa": "-oooooooo",
    "GET /auth/api-keys": "-oooooooo",
    "POST /auth/api-keys": "-oooooooo",
    "GET /admin/audit": "-xxxxxxxo",
    "GET /admin/consistency": "-xxxxxxxo",
    "POST /auth/mfa/enroll": "-oooooooo",
    "POST /auth/mfa/confirm": "-????????",
    "POST /auth/mfa/disable": "-????????",
    "POST /auth/mfa/recovery-codes": "-????????",
    "POST /auth/step-up/challenge": "-????????",
    "POST /auth/step-up": "---------",
    "POST /auth/identities/link": "-oooooooo",
    "GET /auth/identities": "-oooooooo",
    "PUT /profile/update": "-oooooooo",
    "PUT /profile/preferences": "-oooooooo",
    "POST /profile/check-username": "-oooooooo",
    "GET /notifications": "-oooooooo",
    "GET /notifications/summary": "-oooooooo",
    "POST /notifications/read": "-oooooooo",
    "POST /notifications/read-all": "-oooooooo",
    "GET /notifications/preferences": "-oooooooo",
    "PUT /notifications/preferences": "-oooooooo",
    "POST /admin/notifications/test": "-xxxxxxxo",
    "DELETE /auth/identities/{identity_id}": "-????????",
    # an API key:                                  own       other     missing
    "DELETE /auth/api-keys/{api_key_id}":          "-oooooooo -???????? -????????",
    # a notification:                              own       other     missing
    "GET /notifications/{notification_id}/why":    "-oooooooo -???????? -????????",
    "GET /notifications/push/key": "-oooooooo",
    "GET /notifications/push/subscriptions": "-oooooooo",
    "POST /notifications/push/subscriptions": "-oooooooo",
    "DELETE /notifications/push/subscriptions/{push_subscription_id}": "-????????",
    "GET /admin/webhooks": "-xxxxxxxo",
    "POST /admin/webhooks": "-xxxxxxxo",
    "GET /admin/users": "-xxxxxxoo",
    "GET /admin/permissions": "-xxxxxxoo",
    "GET /admin/invite-codes": "-xxxxxxxo",
    "POST /admin/invite-codes": "-xxxxxxxo",
    "GET /courses": "ooooooooo",
    "POST /courses": "-xxxxxoxo",
    "POST /courses/join": "-????????",
    "GET /admin/realtime": "-xxxxxxxo",
    "POST /admin/realtime/disconnect": "-xxxxxxxo",
    "GET /admin/jobs": "-xxxxxxxo",
    "GET /admin/jobs/list": "-xxxxxxxo",
    "GET /events": "-oooooooo",
    "GET /events/notifications": "-oooooooo",
    "GET /events/assignments": "-oooooooo",
    "GET /events/course-progress": "-oooooooo",
    "POST /messages": "-??????oo",
    "GET /threads": "-oooooooo",
    "GET /messages/unread": "-oooooooo",
    "GET /messages/search": "-oooooooo",
    "GET /messages/people": "-oooooooo",
    "GET /messages/blocks": "-oooooooo",
    "POST /messages/blocks": "-????????",
    "DELETE /messages/blocks": "-oooooooo",
    # a thread, or a message of one:               own       other     missing
    "GET /threads/{thread_id}":                    "-oooooooo -???????? -????????",
    "PATCH /threads/{thread_id}":                  "-oooooooo -???????? -????????",
    "POST /threads/{thread_id}/members":           "-cccccccc -???????? -????????",
    "POST /threads/{thread_id}/leave":             "-cccccccc -???????? -????????",
    "GET /threads/{thread_id}/messages":           "-oooooooo -???????? -????????",
    "POST /threads/{thread_id}/read":              "-oooooooo -???????? -????????",
    "PATCH /messages/{message_id}":                "-oooooooo -???????? -????????",
    "DELETE /messages/{message_id}":               "-oooooooo -???????? -????????",
    # an invite code:                              any       missing
    "DELETE /admin/invite-codes/{invite_code_id}": "-xxxxxxxo -xxxxxxx?",
    # a webhook:                                 any       missing
    "POST /admin/webhooks/{webhook_id}/secret":   "-xxxxxxxo -xxxxxxx?",
    "POST /admin/webhooks/{webhook_id}/enable":   "-xxxxxxxo -xxxxxxx?",
    "GET /admin/webhooks/{webhook_id}/deliveries": "-xxxxxxxo -xxxxxxx?",
    "DELETE /admin/webhooks/{webhook_id}":        "-xxxxxxxo -xxxxxxx?",
    # a dead job:                                  any       missing
    "POST /admin/jobs/{job_id}/requeue":           "-xxxxxxxo -xxxxxxx?",
    "POST /admin/jobs/{job_id}/discard":           "-xxxxxxxo -xxxxxxx?",
    # an account:                               own       same      staff     above     missing
    "GET /users/{user_id}":                     "-oooooooo -??x????o -??????oo -???????o -????????",
    "PUT /users/{user_id}/role":                "-xxxxxxxx -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "POST /users/{user_id}/suspend":            "-xxxxxxxc -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "POST /users/{user_id}/unsuspend":          "-xxxxxxxo -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "GET /users/{person_id}/profile":           "-oooooooo -oooooooo -???????o -???????o -????????",
    "POST /users/{user_id}/sessions/revoke":    "-xxxxxxxx -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "POST /users/{user_id}/factors/reset":      "-xxxxxxxx -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    "DELETE /auth/sessions/{session_id}":       "-oooooooo -???????o -???????o -???????o -????????",
    "GET /users/{user_id}/activity":            "-xxxxxxxo -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "DELETE /users/{user_id}":                  "-xxxxxxxc -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    "GET /users/{user_id}/assignments":         "-oooooooo -??x????o -??????oo -???????o -????????",
    "POST /users/{user_id}/assignments":        "-xxxxxxxx -xxxxxx?o -xxxxxxok -xxxxxx?o -xxxxxx??",
    "DELETE /role-assignments/{assignment_id}": "-xxxxxxxx -xxxxxx?o -xxxxxxoo -xxxxxx?o -xxxxxx??",
    "POST /admin/realtime/unsubscribe":         "-xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    # a course, or something of one:            own       same      other     draft     missing
    "GET /courses/{course_id}":                 "ooooooooo ooooooooo ooooooooo ???????oo ?????????",
    "PUT /courses/{course_id}":                 "-xxxxooxo -xxxxxxxo -xxxxxxxo -xxxx??xo -xxxx??x?",
    "DELETE /courses/{course_id}":              "-xxxxxoxo -xxxxxxxo -xxxxxxxo -xxxxx?xo -xxxxx?x?",
    "POST /courses/{course_id}/enroll":         "-kkkkcckk -kkkkkkkk -oooooooo -??????cc -????????",
    "DELETE /courses/{course_id}/enroll":       "-oooo??oo -oooooooo -???????? -???????? -????????",
    "GET /courses/{course_id}/roster":          "-xxxxoooo -xxxxxxoo -xxxxxxoo -xxxx??oo -xxxx????",
    "POST /courses/{course_id}/roster":         "-xxxxoooo -xxxxxxoo -xxxxxxoo -xxxx??oo -xxxx????",
    "GET /courses/{course_id}/join-code":       "-xxxxoooo -xxxxxxoo -xxxxxxoo -xxxx??oo -xxxx????",
    "POST /courses/{course_id}/join-code":      "-xxxxoooo -xxxxxxoo -xxxxxxoo -xxxx??oo -xxxx????",
    "DELETE /courses/{course_id}/join-code":    "-xxxxoooo -xxxxxxoo -xxxxxxoo -xxxx??oo -xxxx????",
    "GET /courses/{course_id}/presence":        "-oooooooo -oooooooo -xxxxxxoo -??????oo -????????",
    "POST /announcements":                      "-xxxxooxo -xxxxxxxo -xxxxxxxo -xxxx??xo -xxxx????",
    "GET /announcements":                       "-oooooooo -oooooooo -xxxxxxoo -??????oo -????????",
    "GET /announcements/{announcement_id}":     "-oooooooo -oooooooo -??????oo -??????oo -????????",
    "PUT /announcements/{announcement_id}":     "-xxxxooxo -xxxxxxxo -xxxx??xo -xxxx??xo -xxxx????",
    "DELETE /announcements/{announcement_id}":  "-xxxxooxo -xxxxxxxo -xxxx??xo -xxxx??xo -xxxx????",
    "POST /announcements/{announcement_id}/read": "-oooooooo -oooooooo -??????oo -??????oo -????????",
    "GET /admin/realtime/streams/{stream}/history":  "-xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    "GET /admin/realtime/streams/{stream}/presence": "-xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    "POST /admin/realtime/publish":             "-xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxxo -xxxxxxx?",
    # a command on a socket, about a course:    own       same      other     draft     missing
    "course.watch":                             "-oooooooo -oooooooo -xxxxxxoo -??????oo -????????",
    "course.unwatch":                           "-oooooooo -oooooooo -oooooooo -oooooooo -oooooooo",
    "sync":                                     "-oooooooo -oooooooo -??????oo -??????oo -????????",
    "presence.list":                            "-oooooooo -oooooooo -xxxxxxoo -??????oo -????????",
    "typing":                                   "-oooooooo -oooooooo -xxxxxxoo -??????oo -????????",
    # or about a thread:                        own       other     missing
    "thread.watch":                             "-oooooooo -???????? -????????",
    # or about a token:                         own       other     none
    "auth.refresh":                             "-oooooooo -xxxxxxxx ---------",
}  # fmt: skip

SPENDS = {
    "PUT /users/{user_id}/role",
    "DELETE /users/{user_id}",
    "DELETE /role-assignments/{assignment_id}",
    "DELETE /auth/sessions/{session_id}",
    "DELETE /courses/{course_id}",
    "POST /courses/{course_id}/enroll",
    "DELETE /courses/{course_id}/enroll",
    "DELETE /announcements/{announcement_id}",
    "DELETE /messages/{message_id}",
    "DELETE /admin/webhooks/{webhook_id}",
    "POST /admin/jobs/{job_id}/requeue",
    "POST /admin/jobs/{job_id}/discard",
}
"""The rows after whose success the object stands differently to others: each such call gets one of its own."""

LETTERS = {401: "-", 403: "x", 404: "?", 409: "c"}
GUARDED = {f"{route.method} {route.path}": route for route in ROUTES if route.requires is not Gate.OPEN}
OPEN = [route for route in (*ROUTES, *DEVELOPMENT_ROUTES) if route.requires is Gate.OPEN]
NAMES = [command.name for command in COMMANDS]


def test_s10_every_row_has_its_cells_and_every_cell_its_row():
    """Whoever adds a route or a command says here what each role meets."""
    assert set(CELLS) == {*GUARDED, *NAMES}
    assert set(SPENDS) <= set(GUARDED)
    assert {len(word) for words in CELLS.values() for word in words.split()} == {len(ROLES)}


@pytest.fixture(scope="module")
async def world(school: School) -> World:
    return await build(school)


def letter_of(route: Route, reply: Reply) -> str:
    if reply.status == route.status:
        return "o"
    return "k" if reply.status in route.also else LETTERS.get(reply.status, f"<{reply.status}>")


def without_request_id(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in body.items() if name != "requestId"}


@pytest.mark.parametrize("key", GUARDED)
async def test_s10_every_role_meets_what_is_declared(world: World, key: str):
    """Over REST; and what one may not know of answers exactly as what does not exist."""
    route, met, hidden = GUARDED[key], [], {}
    variants = ("any",) if route.about_source in {"", "caller"} else VARIANTS[route.about_name]
    for variant, word in zip(variants, CELLS[key].split(), strict=True):
        letters = ""
        for role, declared in zip(ROLES, word, strict=True):
            is_spent = declared == "o" and key in SPENDS
            found = await world.fresh(route.about_name, variant, role) if is_spent else world.found(variant, role)
            reply = await tried(world, role, route, found)
            letters += letter_of(route, reply)
            if reply.status == 404:
                hidden.setdefault(role, []).append((without_request_id(reply.body), reply.headers.get("ETag")))
        met.append(letters)
    assert " ".join(met) == CELLS[key]
    assert all(answer == answers[0] for answers in hidden.values() for answer in answers)


@pytest.mark.parametrize("route", OPEN, ids=lambda route: f"{route.method}-{route.path}")
async def test_s10_open_routes_are_open_to_everyone(school: School, world: World, route: Route):
    """They answer every role alike, and never with a crash."""
    if route.path == "/auth/logout":
        leaving = await school.person()
        world = World(school, dict.fromkeys(ROLES[1:], leaving), world.ids, world.own)
    found = world.found("missing", "student")
    statuses = {(await tried(world, role, route, found)).status for role in ROLES}
    assert len(statuses) == 1
    assert statuses.pop() < 500


@pytest.fixture
async def sockets(world: World) -> AsyncIterator[Mapping[str, Live]]:
    """One connection for everybody who can have one."""
    async with AsyncExitStack() as stack:
        yield {role: await stack.enter_async_context(person.live("collab")) for role, person in world.people.items()}


def bodies(world: World, name: str, role: str) -> Sequence[Mapping[str, Any]]:
    """What is said about each variant in turn."""
    if name == "auth.refresh":
        tokens = world.people[role].token, world.head.token, MISSING
        return [SAID[name]({"token": token}) for token in tokens]
    variants = VARIANTS["thread_id" if name == "thread.watch" else "course_id"]
    return [SAID[name](world.found(variant, role)) for variant in variants]


@pytest.mark.parametrize("name", NAMES)
async def test_s10_every_role_is_told_what_is_declared(world: World, sockets: Mapping[str, Live], name: str):
    """On a socket; whoever is not signed in has none."""
    columns = ["-" * len(CELLS[name].split())]
    for role, live in sockets.items():
        acks = [await live.say(name, **body) for body in bodies(world, name, role)]
        columns.append("".join("o" if ack["ok"] else LETTERS[ack["error"]["status"]] for ack in acks))
        hidden = [without_request_id(ack["error"]) for ack in acks if not ack["ok"] and ack["error"]["status"] == 404]
        assert all(answer == hidden[0] for answer in hidden)
    assert " ".join("".join(word) for word in zip(*columns, strict=True)) == CELLS[name]
