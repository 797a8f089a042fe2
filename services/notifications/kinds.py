"""The NOTIFICATION_KINDS table: what people are told, and how it comes to them unless they choose otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.notifications import NotificationChoices
from schemas.notifications import Cadence, Category, Channel, NotificationKind, Reason

N, C = NotificationKind, Category


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One row. What is `urgent` may break quiet hours for those who allow it, because it is of no use afterwards.

    Its texts are `kind-…-title` and `kind-…-text` in `web/locales/`, and name `facts`. What goes `everywhere` takes
    every way that there is to a person, at once, whatever they have chosen. `reason` is why named people are told.
    """

    kind: NotificationKind
    category: Category
    facts: frozenset[str]
    urgent: bool = False
    reason: Reason = Reason.NAMED
    everywhere: bool = False


NOTIFICATION_KINDS: Final = (
    KindSpec(N.ANNOUNCEMENT_POSTED, C.ANNOUNCEMENTS, frozenset({"course", "title"})),
    KindSpec(N.ANNOUNCEMENT_UPDATED, C.ANNOUNCEMENTS, frozenset({"course", "title"})),
    KindSpec(N.DEADLINE_COMING, C.DEADLINES, frozenset({"title", "due"}), reason=Reason.OWN_DEADLINE),
    KindSpec(N.DEADLINE_NEAR, C.DEADLINES, frozenset({"title", "due"}), urgent=True, reason=Reason.OWN_DEADLINE),
    KindSpec(N.DEADLINE_MISSED, C.DEADLINES, frozenset({"title", "due"}), reason=Reason.OWN_DEADLINE),
    KindSpec(
        N.MESSAGE_RECEIVED, C.MESSAGES, frozenset({"sender", "place", "thread", "preview"}), reason=Reason.WRITTEN_TO
    ),
    KindSpec(N.JOB_FINISHED, C.SYSTEM, frozenset({"title"}), reason=Reason.ASKED),
    KindSpec(N.SCHOOL_INCONSISTENT, C.SYSTEM, frozenset({"count", "check"})),
    KindSpec(N.WEBHOOK_DISABLED, C.SYSTEM, frozenset({"url"})),
    KindSpec(N.TEST, C.SYSTEM, frozenset(), reason=Reason.ASKED, everywhere=True),
)

SPEC_OF_KIND: Final = {spec.kind: spec for spec in NOTIFICATION_KINDS}

DEFAULTS: Final[Mapping[Channel, Mapping[Category, Cadence]]] = {
    Channel.IN_APP: dict.fromkeys(Category, Cadence.IMMEDIATE),
    Channel.EMAIL: {**dict.fromkeys(Category, Cadence.DIGEST), C.SECURITY: Cadence.IMMEDIATE},
    Channel.PUSH: {**dict.fromkeys(Category, Cadence.NEVER), C.DEADLINES: Cadence.IMMEDIATE},
    Channel.SMS: dict.fromkeys(Category, Cadence.NEVER),
}

LOCKED: Final = frozenset(
    {
        *((category, Channel.IN_APP) for category in (C.GRADES, C.PAYMENTS, C.SECURITY)),
        (C.SECURITY, Channel.EMAIL),
    }
)
"""What nobody can choose otherwise."""


def cadence(choices: NotificationChoices | None, category: Category, channel: Channel) -> Cadence:
    """How things of the category come to somebody by the channel."""
    default = DEFAULTS[channel][category]
    if choices is None or (category, channel) in LOCKED:
        return default
    return choices.cadences.get(category, {}).get(channel, default)
