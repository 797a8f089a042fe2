"""What stands outside the school: a mail server, a gateway, a browser's service; and people to whom things are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope
from beanie import PydanticObjectId
from pydantic import SecretStr

from models.accounts import User
from models.deliveries import Delivery
from models.notifications import Notification, NotificationChoices
from models.unit import Job
from schemas.notifications import Cadence, Category, Channel, NotificationKind
from schemas.types import Locale, now
from server.app import Core
from server.outgoing import HttpOutgoing, Perimeter
from services.crypto import normalised_email
from services.notifications.kinds import SPEC_OF_KIND
from services.notifications.planning import Told, plan
from services.unit import Unit
from workers.jobs import JOBS
from workers.mail import SmtpMailer
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

HOME = "https://school.example"
SPECS = {spec.kind: spec for spec in JOBS}
_number = count(1)


@dataclass
class MailServer:
    """An SMTP server; `refuses` are addresses that it does not know, `broken` says that it is out of order."""

    mails: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    broken: bool = False
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.broken:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    found = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(found, hostname="sink"), "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


@dataclass
class Taken:
    """A call to a server of somebody else."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class OtherServer:
    """Takes every POST, and answers with `status`."""

    url: str = ""
    status: int = 201
    taken: list[Taken] = field(default_factory=list)


@asynccontextmanager
async def other_server() -> AsyncIterator[OtherServer]:
    found = OtherServer()

    async def take(request: web.Request) -> web.Response:
        found.taken.append(Taken(request.path, request.headers.copy(), await request.read()))
        return web.Response(status=found.status)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@asynccontextmanager
async def loopback_allowed() -> AsyncIterator[HttpOutgoing]:
    async with HttpOutgoing(Perimeter(["127.0.0.0/8"])) as outgoing:
        yield outgoing


@dataclass
class Outside:
    """A worker that is told what to run, and when it is."""

    core: Core
    tools: Tools

    async def run(self, job: Job, at: datetime) -> None:
        """One run of a job, with what it does committed."""
        unit, spec = Unit(at), SPECS[job.kind]
        await spec.run(spec.args.model_validate(job.args), Work(unit, self.tools))
        unit.update(Job, {"_id": job.id, "state": "ready"}, {"$set": {"state": "done"}})
        await self.core.committer.commit(unit)

    async def run_until(self, at: datetime, *users: User) -> None:
        """Everything of these people that is due until then, in order, each at the time at which it is due."""
        ours, clock = {"user_id": {"$in": [user.id for user in users]}}, datetime.fromtimestamp(0, UTC)
        while True:
            digests = [str(one) for one in await Delivery.distinct("digest_id", ours) if one]
            people = [str(user.id) for user in users]
            due = {"kind": "notifications.leave", "args.user_id": {"$in": people}, "run_at": {"$lte": at}}
            where = {"state": "ready", "$or": [due, {"args.digest_id": {"$in": digests}}]}
            jobs = await Job.find(where).to_list()
            if not jobs:
                return
            first = min(jobs, key=lambda job: (job.kind == "notifications.leave", job.run_at, job.id))
            clock = max(clock, first.run_at) if first.kind == "notifications.leave" else clock
            await self.run(first, clock)

    async def tell(self, at: datetime, *told: Told) -> None:
        """What a unit that notifies these people puts beside their notifications."""
        unit = Unit(at)
        for one in told:
            unit.insert(one.notification)
        await plan(unit, told)
        await self.core.committer.commit(unit)


def outside(core: Core, server: MailServer, **more: Any) -> Outside:
    mailer = SmtpMailer(SecretStr(f"smtp://127.0.0.1:{server.port}"), "School <no-reply@school.example>")
    return Outside(core, Tools(core.keys.ring, mailer, StoringTexter(), public_url=HOME, **more))


async def somebody(core: Core, **fields: Any) -> User:
    """An account with a verified address; `phone` is a verified number."""
    user_id, number = PydanticObjectId(), next(_number)
    address, phone = f"{user_id}@people.example", fields.pop("phone", None)
    user = User(
        **{
            "id": user_id,
            "created_at": now(),
            "updated_at": now(),
            "email_ct": core.keys.ring.fields.seal(address, "users", str(user_id), "email"),
            "email_bidx": core.keys.ring.email_index.of(normalised_email(address)),
            "password_hash": None,
            "username": f"somebody{number}-{user_id}",
            "username_folded": f"somebody{number}-{user_id}",
            "first_name": "Ada",
            "last_name": "L",
            "locale": Locale.ENGLISH,
            "email_verified_at": now(),
            "phone_verified_at": now() if phone else None,
            "phone_ct": core.keys.ring.fields.seal(phone, "users", str(user_id), "phone") if phone else None,
            **fields,
        }
    )
    await user.insert()
    return user


def address_of(user: User) -> str:
    return f"{user.id}@people.example"


def choices(user: User, **fields: Any) -> NotificationChoices:
    return NotificationChoices(id=user.id, created_at=now(), updated_at=now(), **fields)


def at_once(user: User, **fields: Any) -> NotificationChoices:
    """Everything by mail, as soon as it happens."""
    return choices(user, cadences={one: {Channel.EMAIL: Cadence.IMMEDIATE} for one in Category}, **fields)


def told(user: User, chosen: NotificationChoices | None, at: datetime, **fields: Any) -> Told:
    """Something that somebody is told."""
    number, kind = next(_number), fields.pop("kind", NotificationKind.MESSAGE_RECEIVED)
    facts = {
        "sender": "Grace",
        "place": "titled",
        "thread": "Maths",
        "preview": f"Note {number}",
        "title": f"Title {number}",
    }
    return Told(
        Notification(
            **{
                "id": PydanticObjectId(),
                "user_id": user.id,
                "kind": kind,
                "category": SPEC_OF_KIND[kind].category,
                "once": str(number),
                "subject": f"thread:{number}",
                "facts": {**facts, "course": "Maths", "due": "2026-03-01"},
                "link": "/messages/1",
                "created_at": at,
                **fields,
            }
        ),
        user,
        chosen,
    )


async def deliveries_of(user: User) -> Sequence[Delivery]:
    return await Delivery.find({"user_id": user.id}).sort("_id").to_list()


def soon(at: datetime, minutes: float) -> datetime:
    return at + timedelta(minutes=minutes)
