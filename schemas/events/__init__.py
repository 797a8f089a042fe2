"""The EVENTS table: every fact that is told live, and to whom."""

from __future__ import annotations

from typing import Final

from schemas.events import announcements, courses, jobs, messages, notifications, presence
from schemas.events.base import Delivery, Event, EventSpec

EVENTS: Final = (
    *announcements.EVENTS,
    *courses.EVENTS,
    *jobs.EVENTS,
    *messages.EVENTS,
    *notifications.EVENTS,
    *presence.EVENTS,
)

SPEC_OF: Final = {spec.payload: spec for spec in EVENTS}
"""A payload class to its row."""

DURABLE: Final = tuple(spec for spec in EVENTS if spec.delivery is Delivery.DURABLE)
"""Those that are stored and numbered, by a unit; the others are told by the live side alone."""

TAKING_BACK: Final = frozenset(spec.name for spec in EVENTS if spec.takes_back)
"""The names of events before which a stream's earlier events may have been emptied."""

__all__ = ["DURABLE", "EVENTS", "SPEC_OF", "TAKING_BACK", "Delivery", "Event", "EventSpec"]
