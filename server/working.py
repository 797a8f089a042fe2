"""What the building hands to jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.utils import parseaddr

from schemas.jobs import Lane
from server.app import Core
from server.job_table import lane_limits
from server.settings import Settings
from services.crypto import KeyedHash
from services.ports import Outgoing
from workers.jobs import JOBS, JobSpec
from workers.mail import SmtpMailer, StoringMailer
from workers.push import IS_AVAILABLE, WebPusher
from workers.runner import Runner
from workers.text_messages import StoringTexter, WebhookTexter
from workers.work import Mailer, Pusher, Texter, Tools


def tools_of(core: Core) -> Tools:
    """Real servers where they are set; mails and text messages are kept for /dev/mail where they are not."""
    settings = core.settings
    return Tools(
        core.keys.ring,
        _mailer(settings),
        _texter(settings, core.outgoing),
        public_url=settings.public_url,
        audit=KeyedHash(core.keys.audit) if core.keys.audit else None,
        findings=core.metrics,
        school=settings.school_name,
        pusher=_pusher(core),
        outgoing=core.outgoing,
    )


def runner_of(core: Core, lanes: Iterable[Lane] = Lane, jobs: Sequence[JobSpec] = JOBS) -> Runner:
    """A worker of these lanes, which hears of every commit that has work for it."""
    runner = Runner(
        core.committer,
        tools_of(core),
        jobs,
        lanes=lanes,
        limits=lane_limits(core.settings),
        ephemeral=core.ephemeral,
        meter=core.metrics.jobs,
        lease_s=core.settings.job_lease_s,
    )
    core.bus.hear_jobs(runner.wake)
    return runner


def _mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else StoringMailer()


def _texter(settings: Settings, outgoing: Outgoing) -> Texter:
    if settings.sms_webhook_url is None or settings.sms_webhook_secret is None:
        return StoringTexter()
    return WebhookTexter(outgoing, settings.sms_webhook_url, settings.sms_webhook_secret)


def _pusher(core: Core) -> Pusher | None:
    """The services of browsers want to know whom to write to about what the school sends."""
    if core.keys.vapid is None or not IS_AVAILABLE:
        return None
    return WebPusher(core.outgoing, core.keys.vapid, f"mailto:{parseaddr(core.settings.mail_from)[1]}")
