"""What jobs are told; a row of JOBS (`workers/jobs.py`) names the function."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from schemas.notifications import Channel, Crowd, NotificationKind
from schemas.types import Id, In


class Lane(StrEnum):
    """Which jobs wait for each other: a crowd in one lane takes no place in another."""

    DEFAULT = "default"
    MAIL = "mail"
    SMS = "sms"
    EXPORT = "export"


class JobState(StrEnum):
    """How a job stands; one that waits behind another of its line is ready, too."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


STORED_STATES: Final[Mapping[JobState, tuple[str, ...]]] = {
    JobState.READY: ("ready", "held"),
    JobState.RUNNING: ("leased",),
    JobState.DONE: ("done",),
    JobState.DEAD: ("dead",),
    JobState.DISCARDED: ("discarded",),
}
"""How the states are kept (`models/unit.py`)."""


def percent_of(done: int, total: int) -> int:
    """Whole percents, from 0 to 100; nothing to do is all done."""
    return 100 if total <= 0 else max(0, min(100, done * 100 // total))


class WelcomeMailArgs(In):
    """The account that was just made."""

    user_id: Id


class Notice(StrEnum):
    """What the owner of an account is told by mail because somebody else might have done it."""

    EMAIL_CHANGED = "email_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_RESET_ASKED = "factor_reset_asked"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    KEY_CREATED = "key_created"
    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    ROLE_CHANGED = "role_changed"
    SESSION_EVICTED = "session_evicted"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - a name


class NoticeMailArgs(In):
    """What happened to an account, when, and from which network; `id` makes the mail's Message-ID.

    `to_ct` is the sealed address that the account had before, where the mail goes to that one.
    """

    id: Id
    user_id: Id
    notice: Notice
    at: AwareDatetime
    ip_prefix: str
    to_ct: str | None = None


class ResetMailArgs(In):
    """Whose password somebody wants to set anew.

    `accounts` are the blind indexes, one for each key in use, of an address that may have no account; `id` becomes
    part of the token, so that a job that runs twice mails the same one.
    """

    id: Id
    accounts: list[str]


class VerificationMailArgs(In):
    """The token that was just made, and for whom."""

    id: Id
    user_id: Id


class ResealArgs(In):
    """Where the work stands: which field, behind which row, how many values were sealed anew so far, of how many."""

    field: str | None = None
    after: Id | None = None
    done: int = 0
    total: int | None = None


class InvitationMailArgs(In):
    """The invitation that was just made."""

    invitation_id: Id


class FactorCodeArgs(In):
    """The question to a factor whose code is to be sent."""

    challenge_id: Id


class AnnouncementArgs(In):
    """An announcement as it was when its instant was set: one that has changed since has a job of its own."""

    announcement_id: Id
    version: int


class NotifyArgs(In):
    """Something to tell a crowd, each of them once.

    `once` names the fact: nobody is told the same one twice. `subject` is the object (`announcement:65f0…`), `facts`
    what the texts of the kind name, `link` the page that shows it. `after` is where the work stands in a crowd.
    """

    kind: NotificationKind
    subject: str
    once: str
    to: Crowd
    people: tuple[Id, ...] = ()
    course_id: Id | None = None
    actor_id: Id | None = None
    facts: Mapping[str, str]
    link: str = ""
    at: AwareDatetime
    after: Id | None = None


class RemindArgs(In):
    """One step of a plan, of the date that was set with this version; `after` is where the work stands in a crowd."""

    plan: str
    step: str
    version: int
    after: Id | None = None


class RetentionArgs(In):
    """The row of RETENTION whose outlived documents go; none stands for all of them."""

    collection: str | None = None


class CheckArgs(In):
    """Where a round of a check stands: behind which row, and since when; without a check, a round of all begins.

    `found` is what it has found so far, `new` how much of that nobody knew of.
    """

    check: str | None = None
    after: str | None = None
    began: AwareDatetime | None = None
    found: int = 0
    new: int = 0


class LeaveArgs(In):
    """Whose notifications are due on which channel, and since when."""

    user_id: Id
    channel: Channel
    due_at: AwareDatetime


class DigestArgs(In):
    """The message that is to leave."""

    digest_id: Id


class FollowArgs(In):
    """Nothing: the log is read on from where it was left."""


class WebhookArgs(In):
    """The fact that is to be told to one address."""

    delivery_id: Id


class TakeBackArgs(In):
    """The object (`announcement:65f0…`) of which nobody shall find a notification any more."""

    subject: str
