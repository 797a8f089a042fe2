"""The JOBS table: what runs after a commit, and how patiently."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from schemas.jobs import (
    FactorCodeArgs,
    InvitationMailArgs,
    NoticeMailArgs,
    ResealArgs,
    ResetMailArgs,
    VerificationMailArgs,
    WelcomeMailArgs,
)
from schemas.types import In
from workers import account_mail, factor_codes, mail, mailed_tokens, resealing
from workers.work import Work


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One row of JOBS. After a failed attempt the job waits for the next of `backoff_s`; after the last it is dead."""

    kind: str
    args: type[In]
    run: Callable[[Any, Work], Awaitable[None]]
    attempts: int = 5
    timeout_s: float = 60.0
    backoff_s: tuple[float, ...] = (10.0, 60.0, 300.0, 1800.0)


JOBS: Final = (
    JobSpec("mail.welcome", WelcomeMailArgs, mail.send_welcome),
    JobSpec("mail.invitation", InvitationMailArgs, mail.send_invitation),
    JobSpec("mail.notice", NoticeMailArgs, account_mail.send_notice),
    JobSpec("mail.reset", ResetMailArgs, mailed_tokens.send_reset),
    JobSpec("mail.verification", VerificationMailArgs, mailed_tokens.send_verification),
    JobSpec("mail.factor_code", FactorCodeArgs, factor_codes.mail_code),
    JobSpec("sms.factor_code", FactorCodeArgs, factor_codes.text_code, attempts=1),
    JobSpec("fields.reseal", ResealArgs, resealing.reseal),
)
