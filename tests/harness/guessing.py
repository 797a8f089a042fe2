"""Somebody who guesses passwords, and a look behind the counter that slows them down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bson import ObjectId
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from server.keys import load_keys
from server.settings import Settings
from services.client_address import place_of
from services.crypto import Keyring, normalised_email
from tests.harness.people import Reply, call
from tests.harness.school import School

SIGN_IN = "/api/v1/auth/signin"

_place = count(1)


def new_place() -> str:
    """An address that nobody has called from yet."""
    number = next(_place)
    return f"203.0.{number // 250}.{number % 250 + 1}"


async def attempt(url: str, school: School, email: str, password: str, place: str, **headers: str) -> Reply:
    """Try to sign in from a place, by the word of the proxy on this machine that the school believes."""
    sent = {"X-Forwarded-For": place, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await call(school.http, "POST", url + SIGN_IN, {"email": email, "password": password}, sent)


@dataclass(frozen=True, slots=True)
class Records:
    """The database of a school, and the keys that name things in it."""

    database: AsyncDatabase[Mapping[str, Any]]
    ring: Keyring

    def account(self, email: str) -> str:
        return self.ring.email_index.of(normalised_email(email))

    async def were_wrong_in_a_row(self, email: str, times: int) -> None:
        row = self.ring.guesses.of("row", self.account(email), "")
        change = {"$set": {"wrong": times, "at": datetime.now(UTC)}}
        await self.database["guess_rows"].update_one({"_id": row}, change, upsert=True)

    async def were_tried(self, by: str, of: str, times: int, ago: timedelta) -> None:
        """Make tries of the past; `by` is account or place, and `of` which one."""
        named = self.account(of) if by == "account" else place_of(of)
        at = datetime.now(UTC)
        change = {"$set": {"hits": [at - ago] * times, "taken": True, "at": at}}
        counter = {"_id": self.ring.guesses.of("guess", "password", by, named)}
        await self.database["guesses"].update_one(counter, change, upsert=True)

    async def set_password_hash(self, user_id: str, stored: str) -> None:
        await self.database["users"].update_one({"_id": ObjectId(user_id)}, {"$set": {"password_hash": stored}})

    async def password_hash(self, user_id: str) -> str:
        user = await self.database["users"].find_one({"_id": ObjectId(user_id)})
        assert user is not None
        return str(user["password_hash"])

    async def copies(self, user_id: str, number: int) -> list[str]:
        """Accounts with the password of this one; their addresses."""
        user = await self.database["users"].find_one({"_id": ObjectId(user_id)})
        ids = [ObjectId() for _ in range(number)]
        addresses = {_id: f"copy.{_id}@school.example" for _id in ids}
        made = [
            {
                **(user or {}),
                "_id": _id,
                "email_ct": self.ring.fields.seal(address, "users", str(_id), "email"),
                "email_bidx": self.account(address),
                "username": str(_id),
                "username_folded": str(_id),
            }
            for _id, address in addresses.items()
        ]
        await self.database["users"].insert_many(made)
        return list(addresses.values())

    async def audited(self, subject: str, action: str) -> list[Mapping[str, Any]]:
        return await self.database["audit_log"].find({"subject": subject, "action": action}).to_list()


@asynccontextmanager
async def records_of(school: School) -> AsyncIterator[Records]:
    """Look into the database of a school, beside its processes."""
    keys = load_keys(Settings(_env_file=None, data_dir=school.place.data_dir))
    async with AsyncMongoClient(school.place.mongodb_url, tz_aware=True) as client:
        yield Records(client[school.place.database], keys.ring)
