"""A mail's own link ends it: without signing in, for whoever has the mail, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from beanie import PydanticObjectId

from schemas.notifications import Category
from server.keys import read_keys
from server.settings import Settings
from services.notifications.unsubscribing import token_for
from tests.harness.factors import audited, collection
from tests.harness.people import Person, Reply, call
from tests.harness.school import School

PATH = "/api/v1/notifications/unsubscribe"


def link(school: School, person: Person, *categories: Category) -> str:
    """What stands in the mails of this person."""
    settings = Settings(_env_file=None, data_dir=school.place.data_dir)
    return f"{PATH}?token={token_for(read_keys(settings).ring, PydanticObjectId(person.id), categories)}"


async def anyone(school: School, method: str, path: str, **headers: str) -> Reply:
    return await call(school.http, method, school.url + path, None, {"Accept-Language": "fr", **headers})


async def chosen(school: School, person: Person) -> Any:
    async with collection(school, "notification_choices") as rows:
        found = await rows.find_one({"_id": PydanticObjectId(person.id)})
        return found and found["cadences"]


async def test_the_link_asks_and_one_click_ends(school: School):
    """Looking changes nothing, because machines look; POST ends this category at once, twice is once."""
    person = await school.person()
    path = link(school, person, Category.MESSAGES)
    asked = await anyone(school, "GET", path)
    assert (asked.status, "les messages" in asked.body.decode(), await chosen(school, person)) == (200, True, None)
    for _ in range(2):
        done = await anyone(school, "POST", path, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert (done.status, "C’est fait" in done.body.decode()) == (200, True)
    assert await chosen(school, person) == {"messages": {"email": "never"}}
    assert (await audited(school, person)).count("notifications.unsubscribed") == 1


async def test_the_link_of_a_mail_about_several_things_ends_all_but_what_is_locked(school: School):
    """What protects the account goes on."""
    person = await school.person()
    path = link(school, person, Category.MESSAGES, Category.DEADLINES)
    assert (await anyone(school, "POST", path)).status == 200
    assert set(await chosen(school, person)) == {one.value for one in Category} - {"security"}


@pytest.mark.parametrize("spoilt", ["", "x", "unsub_", "another person", "another category", "another signature"])
async def test_a_link_that_is_not_ours_is_refused(school: School, spoilt: str):
    """In the same words for an account that is there and for one that is not."""
    person, other = await school.person(), await school.person()
    path = link(school, person, Category.MESSAGES)
    changed = {
        "another person": path.replace(person.id, other.id),
        "another category": path.replace(".messages.", ".grades."),
        "another signature": path[:-1] + ("1" if path[-1] == "0" else "0"),
    }.get(spoilt, f"{PATH}?token={spoilt}")
    for method in ("GET", "POST"):
        refused = await anyone(school, method, changed)
        assert (refused.status, refused.code) == (400, "unsubscribe_unknown")
    unknown = f"{PATH}?token=unsub_{'0' * 24}.messages.{'0' * 64}"
    assert (await anyone(school, "POST", unknown)).code == "unsubscribe_unknown"
    assert await chosen(school, person) is None
