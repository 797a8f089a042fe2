"""Asking for people to be notified: whatever a service wants told begins here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from beanie import PydanticObjectId

from schemas.jobs import NotifyArgs, TakeBackArgs
from schemas.notifications import Crowd, NotificationKind
from services.unit import Unit

SETTLED_S: Final = 15.0
"""Longer than any transaction lives."""


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell.

    `subject` is the object (`announcement:65f0…`), `facts` what the texts of the kind name, `link` the page that shows
    it. `once` names the fact, where there can be several of one kind about one subject: nobody is told it twice.
    """

    kind: NotificationKind
    subject: str
    facts: Mapping[str, str]
    link: str
    course_id: PydanticObjectId | None = None
    once: str | None = None


def notify_people(unit: Unit, news: News, people: Iterable[PydanticObjectId]) -> None:
    """Tell these people, at most 500, but for whoever did it; after the commit."""
    _notify(unit, news, Crowd.PEOPLE, people)


def notify_course(unit: Unit, news: News) -> None:
    """Tell everyone in the news' course, but for whoever did it; after the commit."""
    _notify(unit, news, Crowd.COURSE)


def notify_everyone(unit: Unit, news: News) -> None:
    """Tell every active account, but for whoever did it; after the commit."""
    _notify(unit, news, Crowd.EVERYONE)


def take_back(unit: Unit, subject: str) -> None:
    """Let nobody find a notification of this object any more: after the commit, and once more when it has settled.

    Whoever was being told at this very moment is found by the second.
    """
    for after_s in (0.0, SETTLED_S):
        unit.enqueue("notifications.take_back", TakeBackArgs(subject=subject), after_s=after_s)


def _notify(unit: Unit, news: News, to: Crowd, people: Iterable[PydanticObjectId] = ()) -> None:
    once = news.once or news.subject
    unit.enqueue(
        "notifications.tell",
        NotifyArgs(
            kind=news.kind,
            subject=news.subject,
            once=once,
            to=to,
            people=tuple(str(person) for person in people),
            course_id=str(news.course_id) if news.course_id else None,
            actor_id=unit.author.user_id,
            facts=news.facts,
            link=news.link,
            at=unit.at,
        ),
        key=f"notify:{news.kind}:{once}",
    )
