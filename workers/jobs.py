"""The JOBS table: what runs after a commit, and how patiently."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from schemas.jobs import (
    FactorCodeArgs,
    InvitationMailArgs,
    NoticeMailArgs,
    NotifyArgs,
    ResealArgs,
    ResetMailArgs,
    TakeBackArgs,
    VerificationMailArgs,
    WelcomeMailArgs,
)
from schemas.types import In
from workers import account_mail, factor_codes, mail, mailed_tokens, notifying, resealing
from workers.work import Work


class Lane(StrEnum):
    """Which jobs wait for each other: a crowd in one lane takes no place in another."""

    DEFAULT = "default"
    MAIL = "mail"
    SMS = "sms"
    EXPORT = "export"


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
    """One row of JOBS. After a failed attempt the job waits for the next of `backoff_s`; after the last it is dead."""

    kind: str
    args: type[In]
    run: Callable[[Any, Work], Awaitable[None]]
    attempts: int = 5
    timeout_s: float = 60.0
    backoff_s: tuple[float, ...] = (10.0, 60.0, 300.0, 1800.0)
    lane: Lane = Lane.DEFAULT
    cron: Cron | None = None


JOBS: Final = (
    JobSpec("mail.welcome", WelcomeMailArgs, mail.send_welcome, lane=Lane.MAIL),
    JobSpec("mail.invitation", InvitationMailArgs, mail.send_invitation, lane=Lane.MAIL),
    JobSpec("mail.notice", NoticeMailArgs, account_mail.send_notice, lane=Lane.MAIL),
    JobSpec("mail.reset", ResetMailArgs, mailed_tokens.send_reset, lane=Lane.MAIL),
    JobSpec("mail.verification", VerificationMailArgs, mailed_tokens.send_verification, lane=Lane.MAIL),
    JobSpec("mail.factor_code", FactorCodeArgs, factor_codes.mail_code, lane=Lane.MAIL),
    JobSpec("sms.factor_code", FactorCodeArgs, factor_codes.text_code, attempts=1, lane=Lane.SMS),
    JobSpec("fields.reseal", ResealArgs, resealing.reseal),
    JobSpec("notifications.tell", NotifyArgs, notifying.tell),
    JobSpec("notifications.take_back", TakeBackArgs, notifying.take_back),
)
