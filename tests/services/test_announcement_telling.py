"""Who is notified of an announcement, and when."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.announcements import Announcement
from schemas.notifications import NotificationKind
from schemas.types import AnnouncementStatus, now
from services.announcements.telling import notify, set_alarms, tell_posted, tell_withdrawn
from services.unit import Unit


def made(**fields: object) -> Announcement:
    given = {
        "id": PydanticObjectId(),
        "author_id": PydanticObjectId(),
        "title": "Trip",
        "content": "Soon.",
        "version": 2,
    }
    plain = {"posted_at": now(), "expires_at": None, "notify": True, "status": AnnouncementStatus.POSTED}
    return Announcement.model_construct(**{**given, **plain, "course_id": None, **fields})


def test_posting_asks_once_for_everyone_to_be_notified():
    """In the unit that makes it visible, as one job however many they are; by its author's wish not at all."""
    course_id = PydanticObjectId()
    for post, link in ((made(), "#/school"), (made(course_id=course_id), f"#/courses/{course_id}")):
        unit = Unit(now())
        tell_posted(unit, post, "Optics")
        (job,) = unit.jobs
        assert (job.kind, job.args["facts"]) == ("notifications.tell", {"course": "Optics", "title": "Trip"})
        assert (job.args["to"], job.args["link"]) == ("course" if post.course_id else "everyone", link)
    quiet = Unit(now())
    tell_posted(quiet, made(notify=False), "Optics")
    assert (len(quiet.events), quiet.jobs) == (1, [])


def test_each_version_is_a_news_of_its_own():
    """People are notified of a change again, and of one version once."""
    unit, post = Unit(now()), made()
    notify(unit, post, "Optics", NotificationKind.ANNOUNCEMENT_UPDATED)
    assert unit.jobs[0].args["once"] == f"announcement:{post.id}:v2"


def test_what_is_taken_back_leaves_the_notifications():
    """Its title stays nowhere: neither in the log nor in what people were told."""
    unit, post = Unit(now()), made()
    tell_withdrawn(unit, post)
    assert {(job.kind, job.args["subject"]) for job in unit.jobs} == {
        ("notifications.take_back", f"announcement:{post.id}")
    }
    assert unit.redactions == [f"announcement:{post.id}"]


def test_an_alarm_is_for_one_version():
    """Whoever changes the plan sets a new one; the old one finds another version and does nothing."""
    for status, kind in (
        (AnnouncementStatus.SCHEDULED, "announcements.post"),
        (AnnouncementStatus.POSTED, "announcements.expire"),
    ):
        unit, at = Unit(now()), now()
        post = made(status=status, scheduled_at=at, expires_at=at)
        set_alarms(unit, post)
        assert [(job.kind, job.at, job.key) for job in unit.jobs] == [(kind, at, f"announcement:{post.id}:2")]
