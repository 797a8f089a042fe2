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


class GuessRow(Document):
    """How many passwords in a row were wrong, with no right one between them; kept for half a year."""

    id: str
    wrong: int
    at: AwareDatetime

    class Settings:
        name = "guess_rows"
        indexes: ClassVar = [IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=183 * 24 * 3600)]


class GuessStorm(Document):
    """Wrong passwords of the whole school since `began`, and those of the window before; there is one of these."""

    id: str
    began: AwareDatetime
    wrong: int
    before: int
    at: AwareDatetime

    class Settings:
        name = "guess_storms"
