"""The JOBS table: what runs after a commit, and how patiently."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.jobs import (
    AnnouncementArgs,
    CheckArgs,
    DigestArgs,
    FactorCodeArgs,
    FollowArgs,
    InvitationMailArgs,
    Lane,
    LeaveArgs,
    NoticeMailArgs,
    NotifyArgs,
    RemindArgs,
    ResealArgs,
    ResetMailArgs,
    RetentionArgs,
    TakeBackArgs,
    VerificationMailArgs,
    WebhookArgs,
    WelcomeMailArgs,
)
from schemas.types import In
from workers import (
    account_mail,
    announcing,
    delivering,
    factor_codes,
    housekeeping,
    mail,
    mailed_tokens,
    notifying,
    reminders,
    resealing,
    webhooks,
)
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Cron:
    """When a job is due by itself: a crontab line, in a zone of the IANA database or the school's.

    Times that were missed become one; with `catches_up` each is made up for.
    """

    line: str
    zone: str | None = None
    catches_up: bool = False


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One row of JOBS. After a failed attempt the job waits for the next of `backoff_s`; after the last it is dead.

    What a row with `cron` is told must have no required field.
    """

    kind: str
    args: type[In]
    run: Callable[[Any, Work], Awaitable[None]]
    attempts: int = 5
    timeout_s: float = 60.0
    backoff_s: tuple[float, ...] = (10.0, 60.0, 300.0, 1800.0)
    lane: Lane = Lane.DEFAULT
    cron: Cron | None = None


LANE_LIMITS: Final[Mapping[Lane, int]] = {Lane.DEFAULT: 8, Lane.MAIL: 4, Lane.SMS: 2, Lane.EXPORT: 1}
"""How many jobs of a lane one worker process runs at once."""
SERVERS_COME_BACK_S: Final = (10.0, 60.0, 300.0, 1800.0, 3600.0, 7200.0, 14400.0)

JOBS: Final = (
    JobSpec("mail.welcome", WelcomeMailArgs, mail.send_welcome, lane=Lane.MAIL),
    JobSpec("mail.invitation", InvitationMailArgs, mail.send_invitation, lane=Lane.MAIL),
    JobSpec("mail.notice", NoticeMailArgs, account_mail.send_notice, lane=Lane.MAIL),
    JobSpec("mail.reset", ResetMailArgs, mailed_tokens.send_reset, lane=Lane.MAIL),
    JobSpec("mail.verification", VerificationMailArgs, mailed_tokens.send_verification, lane=Lane.MAIL),
    JobSpec("mail.factor_code", FactorCodeArgs, factor_codes.mail_code, lane=Lane.MAIL),
    JobSpec("sms.factor_code", FactorCodeArgs, factor_codes.text_code, attempts=1, lane=Lane.SMS),
    JobSpec("fields.reseal", ResealArgs, resealing.reseal),
    JobSpec("announcements.post", AnnouncementArgs, announcing.post),
    JobSpec("announcements.expire", AnnouncementArgs, announcing.expire),
    JobSpec("notifications.tell", NotifyArgs, notifying.tell),
    JobSpec("reminders.remind", RemindArgs, reminders.remind),
    JobSpec("housekeeping.retain", RetentionArgs, housekeeping.retain, cron=Cron("10 3 * * *")),
    JobSpec("housekeeping.check", CheckArgs, housekeeping.check, cron=Cron("40 3 * * *")),
    JobSpec("notifications.leave", LeaveArgs, delivering.leave, lane=Lane.MAIL),
    JobSpec(
        "mail.digest", DigestArgs, delivering.mail_digest, attempts=8, backoff_s=SERVERS_COME_BACK_S, lane=Lane.MAIL
    ),
    JobSpec("push.digest", DigestArgs, delivering.push_digest, lane=Lane.MAIL),
    JobSpec("notifications.hand_over", DigestArgs, delivering.hand_over_text, lane=Lane.SMS),
    JobSpec("sms.send", DigestArgs, delivering.text_digest, attempts=1, lane=Lane.SMS),
    JobSpec("webhooks.follow", FollowArgs, webhooks.follow, cron=Cron("* * * * *")),
    JobSpec("webhooks.send", WebhookArgs, webhooks.send, lane=Lane.EXPORT),
    JobSpec("notifications.take_back", TakeBackArgs, notifying.take_back),
)
