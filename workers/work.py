"""What a job is handed when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.mail import Mail, TextMessage
from schemas.push import PushMessage, PushOutcome, PushTarget
from services.crypto import KeyedHash, Keyring
from services.ports import Outgoing
from services.unit import Unit


class Mailer(Protocol):
    """Sends a mail, or stores it in the unit where no server is set."""

    async def send(self, mail: Mail, unit: Unit) -> None: ...


class Texter(Protocol):
    """Sends a text message, or stores it in the unit where no gateway is set."""

    async def send(self, message: TextMessage, unit: Unit) -> None: ...


class FindingMeter(Protocol):
    """Counts what the nightly checks find."""

    def found(self, check: str, *, new: int) -> None: ...


class Pusher(Protocol):
    """Sends a message to one browser."""

    async def push(self, target: PushTarget, message: PushMessage, at: datetime) -> PushOutcome: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the building hands to every job (`server/working.py`). Links in mails begin with `public_url`.

    Without `audit`, the key that seals the audit log, its chain is not checked; without `pusher` no browser is told,
    and without `outgoing` no webhook.
    """

    keys: Keyring
    mailer: Mailer
    texter: Texter
    public_url: str | None = None
    audit: KeyedHash | None = None
    findings: FindingMeter | None = None
    school: str = "Coursewire"
    pusher: Pusher | None = None
    outgoing: Outgoing | None = None


class Progress(Protocol):
    """Takes down how far a job has come, and tells whoever asked for it."""

    async def report(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """One run of a job: what it puts into the unit commits together with the job's end."""

    unit: Unit
    tools: Tools
    reporter: Progress | None = None

    async def progress(self, done: int, total: int) -> None:
        """Say how far a long job has come; call it as often as you like, it is passed on twice a second."""
        if self.reporter is not None:
            await self.reporter.report(done, total)
