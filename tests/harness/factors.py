"""People with a second factor, and the time that passes for them."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import jwt
import pyotp
from beanie import PydanticObjectId
from pymongo import AsyncMongoClient

from tests.harness.people import PASSWORD, Person, Reply, call
from tests.harness.school import School

_place = count(1)


def elsewhere() -> dict[str, str]:
    """An address that nobody has tried a code from; the limits of a place are not what these tests are about."""
    return {"X_Forwarded_For": f"2001:db8:{next(_place):x}::1"}


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(time.time(), counter_offset=steps)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


@dataclass
class Holder:
    """Somebody with an authenticator app."""

    school: School
    person: Person
    email: str
    secret: str
    factor_id: str
    recovery: list[str]

    async def begin(self) -> Reply:
        """The first half of a sign-in."""
        return await post(self.school, "/auth/signin", {"email": self.email, "password": PASSWORD})

    async def token(self) -> str:
        return (await self.begin()).data["mfaToken"]

    async def verify(self, **shown: Any) -> Reply:
        """A whole sign-in; the app unless something else is shown."""
        shown = shown if "recoveryCode" in shown or "factorId" in shown else {"factorId": self.factor_id, **shown}
        return await post(self.school, "/auth/mfa/verify", {"mfaToken": await self.token(), **shown})

    async def step_up(self, **shown: Any) -> Reply:
        shown = shown if "recoveryCode" in shown else {"factorId": self.factor_id, **shown}
        return await self.person.post("/api/v1/auth/step-up", shown, **elsewhere())


async def post(school: School, path: str, body: Any, url: str | None = None, **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in {**elsewhere(), **headers}.items()}
    return await call(school.http, "POST", f"{url or school.url}/api/v1{path}", body, sent)


async def stranger(school: School, role: str = "student") -> tuple[Person, str]:
    email = f"{secrets.token_hex(6)}@school.example"
    return await school.person(role, email=email), email


async def enrolled(person: Person, kind: str, **more: Any) -> Any:
    reply = await person.post("/api/v1/auth/mfa/enroll", {"kind": kind, **more}, **elsewhere())
    assert reply.status == 200, reply.body
    return reply.data


async def confirm(person: Person, factor: Any, **shown: Any) -> Reply:
    return await person.post("/api/v1/auth/mfa/confirm", {"factorId": factor["factorId"], **shown}, **elsewhere())


async def with_app(school: School, role: str = "student") -> Holder:
    """Somebody new who has just confirmed an authenticator app with the code of this step."""
    person, email = await stranger(school, role)
    factor = await enrolled(person, "totp")
    reply = await confirm(person, factor, code=code(factor["secret"]))
    return Holder(school, person, email, factor["secret"], factor["factorId"], reply.data["recoveryCodes"])


@asynccontextmanager
async def collection(school: School, name: str) -> AsyncIterator[Any]:
    async with AsyncMongoClient(school.place.mongodb_url, tz_aware=True) as client:
        yield client[school.place.database][name]


async def ended(person: Person) -> None:
    """Wait until the session is over where this person asks."""
    async with asyncio.timeout(5):
        while (reply := await person.get("/api/v1/users/me")).status == 200:
            await asyncio.sleep(0.02)
    assert reply.code == "session_ended"


async def rested(holder: Holder) -> Holder:
    """The same person in a new session, with every code and every try before them again."""
    await forgive(holder.school)
    await forget_steps(holder)
    opened = (await holder.verify(code=code(holder.secret))).data
    await forget_steps(holder)
    return replace(holder, person=Person(holder.school.http, holder.school.url, opened))


async def forgive(school: School) -> None:
    """No try of anybody counts any more."""
    async with collection(school, "guesses") as guesses:
        await guesses.delete_many({})


async def forget_steps(holder: Holder) -> None:
    """As if the app had never been used, so that a test need not wait for the next step."""
    async with collection(holder.school, "factors") as factors:
        await factors.update_one({"_id": PydanticObjectId(holder.factor_id)}, {"$set": {"counter": 0}})


async def expire(school: School, name: str, **where: Any) -> None:
    async with collection(school, name) as rows:
        await rows.update_many(where, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})


async def a_minute_passes(school: School) -> None:
    """For whatever is counted."""
    earlier: Mapping[str, Any] = {"$map": {"input": "$hits", "in": {"$subtract": ["$$this", 61_000]}}}
    async with collection(school, "guesses") as guesses:
        await guesses.update_many({}, [{"$set": {"hits": earlier}}])


async def audited(school: School, person: Person) -> list[str]:
    async with collection(school, "audit_log") as rows:
        found = rows.find({"subject": f"user:{person.id}"}).sort({"at": 1, "_id": 1})
        return [row["action"] async for row in found]


async def mailed(school: School, person: Person, containing: str) -> str:
    """The newest mail, or text message, of this person that says this."""
    where = {"to_user_id": PydanticObjectId(person.id), "text": {"$regex": re.escape(containing)}}
    async with collection(school, "dev_mails") as mails, asyncio.timeout(10):
        while (mail := await mails.find_one(where, sort=[("at", -1)])) is None:
            await asyncio.sleep(0.05)
        return mail["text"]


async def sent_code(school: School, person: Person, *, after: str = "") -> str:
    """The eight digits that were sent last, once they are others than those of `after`."""
    where = {"to_user_id": PydanticObjectId(person.id), "_id": {"$regex": "code\\."}}
    async with collection(school, "dev_mails") as mails, asyncio.timeout(10):
        while True:
            mail = await mails.find_one(where, sort=[("at", -1)])
            if mail and (found := re.match(r"\d{8}", mail["text"])) and found[0] != after:
                return found[0]
            await asyncio.sleep(0.05)
