"""People write to each other: they hear it live on every instance, and read the same over REST."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.messages import API, classmates, delete, edit, read, thread_of, unread, write
from tests.harness.people import Person
from tests.harness.rights import staff_of
from tests.harness.school import School


async def test_two_people_hear_and_read_each_other(school: School):
    """On both instances, in one thread whoever writes first, with the sender's name and nobody's address."""
    ada, bob = await classmates(school)
    async with ada.live("collab") as hers, bob.live("collab") as his:
        first = await write(ada, "Hello?", to=[bob.id])
        for live in (hers, his):
            told = await live.event("message.received", messageId=first["messageId"])
            assert (told["content"], told["from"], told["seq"], told["_version"]) == ("Hello?", ada.id, 1, 1)
            assert "userIds" not in told
        second = await write(bob, "Hello!", to=[ada.id])
        assert (second["threadId"], second["seq"]) == (first["threadId"], 2)
        assert (await hers.event("message.received", seq=2))["senderName"].startswith("Pat ")
    assert await read(ada, first["threadId"]) == await read(bob, first["threadId"]) == ["Hello?", "Hello!"]
    thread = (await thread_of(bob, first["threadId"])).data
    assert (thread["kind"], thread["lastMessage"]["content"], thread["stream"]) == ("direct", "Hello!", None)
    assert {one["id"] for one in thread["participants"]} == {ada.id, bob.id}


async def test_a_third_person_hears_and_reads_nothing(school: School):
    """Not a classmate, not the instructor, not the administrator: neither live nor over REST, nor by search."""
    ada, bob, eve = await classmates(school, 3)
    async with eve.live("collab") as hers, bob.live("collab") as his:
        sent = await write(ada, "A zebra between us", to=[bob.id])
        await his.event("message.received", messageId=sent["messageId"])
        for other in (eve, school.admin):
            for path in (f"/threads/{sent['threadId']}", f"/threads/{sent['threadId']}/messages"):
                assert (await other.get(API + path)).status == 404
            assert (await edit(other, sent["messageId"], "x")).status == 404
            assert (await delete(other, sent["messageId"])).status == 404
            assert (await other.get(f"{API}/messages/search?q=zebra")).data == []
            assert (await other.post(f"{API}/messages", {"threadId": sent["threadId"], "content": "x"})).status == 404
        assert (await hers.say("typing", threadId=sent["threadId"]))["error"]["code"] == "not_found"
        assert (await hers.say("thread.watch", threadId=sent["threadId"]))["error"]["code"] == "not_found"
        await write(bob, "For you too", to=[eve.id])
        await hers.event("message.received", content="For you too")
        assert [one["content"] for one in hers.named("message.received")] == ["For you too"]


async def test_fifty_at_once_get_one_to_fifty(school: School):
    """Over two instances, none lost, none refused, and heard in the order of the numbers."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "begin", to=[bob.id]))["threadId"]
    async with bob.live("collab") as his:
        senders = [ada.at(school.url), ada.at(school.other_url), bob.at(school.url), bob.at(school.other_url)]
        sent = await asyncio.gather(*(write(senders[n % 4], f"m{n}", threadId=thread) for n in range(49)))
        assert sorted(one["seq"] for one in sent) == list(range(2, 51))
        await his.until(lambda told: sum(one.name == "message.received" for one in told) == 49)
        heard = [(one["seq"], one["content"]) for one in his.named("message.received")]
    stored = (await bob.get(f"{API}/threads/{thread}/messages?after=1")).data
    assert heard == sorted(heard) == [(one["seq"], one["content"]) for one in stored]
    assert {(one["seq"], one["content"]) for one in sent} == set(heard)


@pytest.mark.parametrize("where", ["thread", "to"])
async def test_a_repeat_is_the_same_message(school: School, where: str):
    """However often and however parallel one `clientId` comes; with other words it is refused."""
    ada, bob = await classmates(school)
    address = {"to": [bob.id]}
    if where == "thread":
        address = {"threadId": (await write(ada, "first", **address))["threadId"]}
    draft = {**address, "content": "once", "clientId": "c-1"}
    replies = await asyncio.gather(*(ada.at(url).post(f"{API}/messages", draft) for url in [ada.url, bob.url] * 3))
    assert {reply.status for reply in replies} <= {200, 201}
    (only,) = {tuple(sorted((k, str(v)) for k, v in reply.data.items())) for reply in replies}
    assert (await read(bob, dict(only)["threadId"])).count("once") == 1
    refused = await ada.post(f"{API}/messages", {**draft, "content": "twice"})
    assert (refused.status, refused.code) == (409, "client_id_reused")
    assert (await bob.post(f"{API}/messages", {"to": [ada.id], "content": "mine", "clientId": "c-1"})).status == 201


async def test_two_who_begin_at_once_have_one_thread(school: School):
    """Whoever is stored first began it; the other goes on in it."""
    ada, bob = await classmates(school)
    sent = await asyncio.gather(*(write(one, "Hi", to=[other.id]) for one, other in [(ada, bob), (bob, ada)] * 3))
    assert len({one["threadId"] for one in sent}) == 1
    assert sorted(one["seq"] for one in sent) == [1, 2, 3, 4, 5, 6]


async def test_an_idempotency_key_counts_where_the_number_is_drawn_late(school: School):
    """The answer that is given again is the first one, number and all."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "first", to=[bob.id]))["threadId"]
    draft = {"threadId": thread, "content": "again"}
    calls = (ada.post(f"{API}/messages", draft, Idempotency_Key="k-1") for _ in range(4))
    replies = await asyncio.gather(*calls)
    assert {(reply.status, reply.data["seq"], reply.data["messageId"]) for reply in replies} == {
        (201, 2, replies[0].data["messageId"])
    }
    assert await read(bob, thread) == ["first", "again"]


async def test_a_change_is_heard_and_does_not_overwrite_another(school: School):
    """Everyone hears how it reads now; who has not seen that is refused, as is everybody but the author."""
    ada, bob = await classmates(school)
    sent = await write(ada, "Helo", to=[bob.id])
    path = f"{API}/messages/{sent['messageId']}"
    async with bob.live("collab") as his:
        changed = await edit(ada, sent["messageId"], "Hello")
        told = await his.event("message.updated", messageId=sent["messageId"])
        assert (told["content"], told["_version"], changed.data["editedAt"]) == ("Hello", 2, told["editedAt"])
    assert (await ada.call("PATCH", path, {"content": "Hi"}, If_Match='"1.0"')).code == "version_mismatch"
    assert (await ada.call("PATCH", path, {"content": "Hi"}, If_Match=changed.headers["ETag"])).status == 200
    assert (await edit(bob, sent["messageId"], "Ha")).code == "forbidden"
    assert await read(bob, sent["threadId"]) == ["Hi"]


async def test_pages_by_number(school: School):
    """Behind one, before one, or the newest; always in order, and both ends are known."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    for number in range(2, 6):
        await write((ada, bob)[number % 2], str(number), threadId=thread)
    assert await read(ada, thread, "?limit=2") == ["4", "5"]
    assert await read(ada, thread, "?after=1&limit=2") == ["2", "3"]
    assert await read(ada, thread, "?before=4&limit=2") == ["2", "3"]
    page = (await ada.get(f"{API}/threads/{thread}/messages?before=2")).body
    assert (page["pagination"]["hasNext"], page["pagination"]["hasPrev"]) == (True, False)
    assert list(page["asOf"]) == [f"collab/user:{ada.id}"]
    assert (await ada.get(f"{API}/threads/{thread}/messages?before=4&after=1")).status == 400


async def test_what_is_unread_is_counted_and_read_on_every_device(school: School):
    """Not one's own, not what was deleted; reading is told to one's own devices and to nobody else."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    gone = await write(ada, "2", threadId=thread)
    await write(bob, "3", threadId=thread)
    await write(ada, "4", threadId=thread)
    assert (await unread(bob), await unread(ada)) == (3, 1)
    await delete(ada, gone["messageId"])
    assert await unread(bob) == 2
    async with bob.at(ada.url).live("collab") as phone, ada.live("collab") as hers:
        assert (await bob.post(f"{API}/threads/{thread}/read", {"seq": 1})).data == {"unread": 1}
        assert (await bob.post(f"{API}/threads/{thread}/read", {"seq": 99})).data == {"unread": 0}
        told = await phone.event("thread.read", seq=4)
        assert (told["threadId"], told["unread"]) == (thread, 0)
        await write(bob, "5", threadId=thread)
        await hers.event("message.received", seq=5)
        assert hers.named("thread.read") == []
    assert (await bob.post(f"{API}/threads/{thread}/read", {"seq": 1})).data == {"unread": 0}
    assert (await thread_of(bob, thread)).data["lastReadSeq"] == 4


async def test_what_is_read_in_a_thread_is_read_at_the_bell(school: School):
    """As far as it was read, told once with the new count, on every device; other threads keep theirs."""
    ada, bob, eve = await classmates(school, 3)
    async with bob.live("notifications") as his:
        mine = (await write(ada, "1", to=[bob.id]))["threadId"]
        first = await his.event("notification.new", unread=1)
        other = (await write(eve, "2", to=[bob.id]))["threadId"]
        second = await his.event("notification.new", unread=2)
        for _ in range(2):
            await bob.post(f"{API}/threads/{mine}/read", {"seq": 1})
        await bob.post(f"{API}/threads/{other}/read", {"seq": 1})
        await his.event("notification.read", unread=0)
        told = [(one["ids"], one["unread"]) for one in his.named("notification.read")]
        assert told == [([first["notificationId"]], 1), ([second["notificationId"]], 0)]
    assert (await bob.get(f"{API}/notifications/summary")).data["unread"] == 0


async def test_a_notification_says_where_somebody_wrote(school: School):
    """To oneself, in a group with or without a name, or in a question; never by a word of the house's own."""
    instructor, ada, bob = await school.person("instructor"), await school.person(), await school.person()
    course = await school.course(instructor, ada, bob)
    places = [
        {"to": [instructor.id]},
        {"to": [instructor.id, bob.id]},
        {"to": [instructor.id, bob.id], "title": "direct"},
        {"courseId": course, "title": "Exam"},
    ]
    async with instructor.live("notifications") as hers:
        for number, place in enumerate(places, 1):
            name = (await write(ada, "Hello", **place))["sender"]["firstName"]
            await hers.event("notification.new", unread=number)
    shown = [one["title"] for one in (await instructor.get(f"{API}/notifications")).data]
    said = [title[title.index("wrote") :] for title in reversed(shown)]
    assert said == ["wrote to you", "wrote in a group", "wrote in direct", "wrote in a question: Exam"]
    assert all(title.startswith(name) for title in shown)


async def test_typing_is_told_to_the_others_in_the_thread(school: School):
    """By name, now and then, and to nobody else."""
    ada, bob, eve = await classmates(school, 3)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    async with ada.live("collab") as hers, bob.live("collab") as his, eve.live("collab") as other:
        assert (await his.say("typing", threadId=thread))["ok"]
        assert (await his.say("typing", threadId=thread))["ok"]
        told = await hers.event("typing", userId=bob.id)
        assert (told["threadId"], told["inMs"]) == (thread, 5000)
        for wrong in ({}, {"threadId": thread, "where": "x"}, {"courseId": "0" * 24}):
            assert (await his.say("typing", **wrong))["error"]["code"] == "invalid_input"
        await write(ada, "to all", to=[bob.id, eve.id])
        for live in (hers, his, other):
            await live.event("message.received", content="to all")
        assert (len(hers.named("typing")), his.named("typing"), other.named("typing")) == (1, [], [])


async def test_questions_go_to_whoever_is_staff(school: School):
    """New staff read what was asked before; who asks hears the answer; other students and former staff nothing."""
    instructor, student, other = await school.person("instructor"), await school.person(), await school.person()
    course = await school.course(instructor, student, other)
    question = await write(student, "When is the exam?", courseId=course, title="Exam")
    thread = question["threadId"]
    helper = await staff_of(school, course)
    assert await read(helper, thread) == await read(instructor, thread) == ["When is the exam?"]
    assert [one["threadId"] for one in (await helper.get(f"{API}/threads")).data] == [thread]
    async with student.live("collab") as his, instructor.live("collab") as hers:
        await write(helper, "On Monday.", threadId=thread)
        for live in (his, hers):
            await live.event("message.received", content="On Monday.")
    assert (await thread_of(other, thread)).status == 404
    assert (await delete(instructor, question["messageId"])).status == 200
    assert await read(student, thread) == ["", "On Monday."]
    given = (await school.admin.get(f"{API}/users/{helper.id}/assignments")).data[0]["assignmentId"]
    await school.admin.delete(f"{API}/role-assignments/{given}")
    assert (await thread_of(helper.at(school.url), thread)).status in {401, 404}


async def test_a_thread_is_put_away_and_muted_for_oneself(school: School):
    """On one's own devices alone; what is muted is not counted."""
    ada, bob = await classmates(school)
    thread = (await write(ada, "1", to=[bob.id]))["threadId"]
    async with bob.live("collab") as his, ada.live("collab") as hers:
        changed = await bob.call("PATCH", f"{API}/threads/{thread}", {"archived": True, "muted": True})
        assert (changed.data["archived"], changed.data["muted"]) == (True, True)
        assert (await his.event("thread.updated", archived=True))["muted"] is True
        await write(bob, "2", threadId=thread)
        await hers.event("message.received", seq=2)
        assert hers.named("thread.updated") == []
    assert await unread(bob) == 0
    assert (await bob.get(f"{API}/threads")).data == []
    assert [one["threadId"] for one in (await bob.get(f"{API}/threads?archived=true")).data] == [thread]
    assert (await bob.call("PATCH", f"{API}/threads/{thread}", {"title": "T"})).code == "not_a_group"


@pytest.mark.parametrize(
    "draft",
    [
        {},
        {"content": "x"},
        {"to": [], "content": "x"},
        {"to": ["{other}"], "courseId": "{other}", "content": "x"},
        {"to": ["{other}"], "content": ""},
        {"to": ["{other}"], "content": "\u200b \u00ad"},
        {"to": ["{other}"], "content": "x" * 4001},
        {"to": ["{other}"], "content": "evil \u202e"},
        {"to": ["{other}"], "content": "x", "clientId": ""},
        {"to": ["{other}"], "content": "x", "clientId": "x" * 65},
        {"to": ["{other}"], "content": "x", "senderId": "{other}"},
        {"to": ["{other}"] * 500, "content": "x"},
        {"to": ["nobody"], "content": "x"},
    ],
    ids=range(13),
)
async def test_what_is_no_message_is_refused(school: School, pair: tuple[Person, Person], draft: dict):
    """With 400, and nothing is sent."""
    ada, bob = pair
    filled = {key: [one.format(other=bob.id) for one in v] if key == "to" else v for key, v in draft.items()}
    reply = await ada.post(f"{API}/messages", filled)
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert (await ada.get(f"{API}/threads")).data == []


@pytest.fixture(scope="module")
async def pair(school: School) -> tuple[Person, Person]:
    ada, bob = await classmates(school)
    return ada, bob
