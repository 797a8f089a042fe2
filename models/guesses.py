"""Tries that are counted: wrong passwords, wrong codes, mails to one address."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel


class GuessCount(Document):
    """The tries at one thing by one party in the last day; the id is a keyed hash, `at` the last look at it."""

    id: str
    hits: list[AwareDatetime]
    taken: bool
    at: AwareDatetime

    class Settings:
        name = "guesses"
        indexes: ClassVar = [IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=24 * 3600)]
