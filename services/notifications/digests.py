"""What a message says: the newest first, and in a few words how much there is of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from models.deliveries import Delivery, Digest
from models.notifications import Notification
from schemas.deliveries import DeliveryState
from schemas.notifications import Category
from schemas.types import Locale
from services.notifications.leaving import Person, Waiting, looked_at, person_of, settle
from services.texts import say
from services.unit import Unit

SHOWN: Final = 20
LEAVING: Final = (DeliveryState.CLAIMED, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message, whom it is for, and what of it is still worth saying, newest first."""

    digest: Digest
    person: Person
    waiting: Sequence[Waiting]

    @property
    def told(self) -> Sequence[Notification]:
        kept = [one.notification for one in self.waiting if one.notification is not None and one.objection is None]
        return sorted(kept, key=lambda one: (one.created_at, one.id), reverse=True)

    @property
    def language(self) -> Locale:
        return self.person.user.locale or Locale.ENGLISH

    @property
    def categories(self) -> Sequence[Category]:
        return sorted({one.category for one in self.told})


async def open_parcel(digest: Digest | None) -> Parcel | None:
    """What stands in a message that has not left yet; None where there is none any more."""
    if digest is None or digest.state not in {DeliveryState.QUEUED, DeliveryState.UNKNOWN}:
        return None
    person = await person_of(digest.user_id)
    deliveries = await Delivery.find({"digest_id": digest.id, "state": {"$in": list(LEAVING)}}).to_list()
    return Parcel(digest, person, await looked_at(person, deliveries)) if person else None


def close_parcel(unit: Unit, parcel: Parcel, state: DeliveryState, reason: str | None = None) -> None:
    """Write down how the message ended, and with it everything that stood in it; what was dropped says why."""
    for one in parcel.waiting:
        if one.objection is None:
            settle(unit, one.delivery, state, reason)
        else:
            settle(unit, one.delivery, DeliveryState.SUPPRESSED, one.objection)
    ended = state if parcel.told else DeliveryState.SUPPRESSED
    changed = {"state": ended, "reason": reason, "sent_at": unit.at if ended is DeliveryState.SENT else None}
    unit.update(Digest, {"_id": parcel.digest.id, "state": parcel.digest.state}, {"$set": changed})


def text_of(language: Locale, part: str, notification: Notification) -> str:
    """The title or the text of a notification, in one line."""
    said = say(language, f"kind-{notification.kind.replace('_', '-')}-{part}", notification.facts)
    return " ".join(said.split())


def counted(language: Locale, told: Sequence[Notification]) -> str:
    """How much there is of what, and of how many courses: `5 announcements in 2 courses, 1 message`."""
    parts = []
    for category, count in Counter(one.category for one in told).most_common():
        said = say(language, f"digest-{category}", {"count": count})
        courses = {one.course_id for one in told if one.category is category and one.course_id is not None}
        parts.append(said + (f" {say(language, 'digest-courses', {'count': len(courses)})}" if courses else ""))
    return ", ".join(parts)


def headline(language: Locale, told: Sequence[Notification]) -> str:
    """What a message is about: the one thing, or how many of what."""
    return text_of(language, "title", told[0]) if len(told) == 1 else counted(language, told)


def address_of(link: str, public_url: str | None) -> str | None:
    """Where a notification leads, from outside: never to another school, and None where our own is not known."""
    if public_url is None:
        return None
    path = link if link.startswith(("/app/", "/api/", "http")) else f"/app/#/{link.lstrip('#').lstrip('/')}"
    found = urljoin(f"{public_url}/app/", path)
    is_ours = urlsplit(found)[:2] == urlsplit(public_url)[:2]
    return found if is_ours else f"{public_url}/app/"
