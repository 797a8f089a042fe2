"""Limits on guessing, counted in MongoDB by its clock (`docs/security.md`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

from pymongo import ReturnDocument

from models.guesses import GuessCount, GuessRow
from server import guess_storm
from services.accounts.errors import ResetRequired, TooManyAttempts
from services.client_address import place_of
from services.crypto import KeyedHash
from services.ports import Guess

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

IN_A_ROW: Final = 100
"""Wrong passwords, with no right one between them, after which only a reset by mail helps (NIST SP 800-63B 3.2.2)."""

FIRST_DELAY_S, LONGEST_DELAY_S = 30, 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` tries in `window_s` for what `by` names: the account, the place it is tried from, the device.

    One that `grows` goes on beyond its limit, and asks for a pause that is twice as long after each further try.
    """

    by: str
    limit: int
    window_s: int
    grows: bool = False


RULES: Final[Mapping[Guess, Sequence[Rule]]] = {
    Guess.PASSWORD: (
        Rule("account+place", 5, 15 * MINUTE),
        Rule("place", 50, 15 * MINUTE),
        Rule("account", 20, HOUR, grows=True),
    ),
    Guess.CODE: (
        Rule("account", 5, 5 * MINUTE),
        Rule("account", 20, HOUR),
        Rule("account", 50, DAY),
        Rule("place", 10, 5 * MINUTE),
        Rule("place", 50, HOUR),
    ),
    Guess.MAIL: (Rule("account", 2, HOUR), Rule("account", 5, DAY)),
    Guess.SENT_CODE: (Rule("account", 1, MINUTE), Rule("account", 5, HOUR), Rule("account", 10, DAY)),
    Guess.TEXT: (Rule("account", 500, DAY),),
}


KNOWN_DEVICE: Final = (Rule("account+device", 5, 15 * MINUTE), Rule("account+device", 20, DAY))
"""For passwords from a device that its owner has signed in on: what strangers try elsewhere does not touch it."""


class Guesses:
    """One counter for each party, taken in one atomic step, so that tries side by side cannot slip through."""

    def __init__(self, key: KeyedHash) -> None:
        self._key = key
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, guess: Guess, *, account: str, address: str, device: str | None = None) -> None:
        parties = _parties(account, address, device)
        if guess is Guess.PASSWORD:
            await _take_row(self._row(parties))
        taken: list[str] = []
        for by, rules in _by_party(guess, device).items():
            counter = self._counter(guess, by, parties)
            count = await _take(counter, rules)
            if not count.taken:
                await self._untake(guess, taken, parties)
                raise TooManyAttempts(retry_after_s=_wait_s(count, rules))
            taken.append(counter)
        if guess is Guess.PASSWORD:
            await guess_storm.count(1)

    async def give_back(self, guess: Guess, *, account: str, address: str, device: str | None = None) -> None:
        parties = _parties(account, address, device)
        for by in _by_party(guess, device):
            await _give_back(self._counter(guess, by, parties))
        if guess is Guess.PASSWORD:
            await self._end_rows(parties)
            await guess_storm.count(-1)

    async def forgive(self, *, account: str, address: str, device: str | None = None) -> None:
        parties, guess = _parties(account, address, device), Guess.PASSWORD
        counters = [self._counter(guess, by, parties) for by in ("account", "account+place", "account+device")]
        await GuessCount.get_pymongo_collection().delete_many({"_id": {"$in": counters}})
        await self._end_rows(parties)

    async def slow_down(self) -> None:
        await guess_storm.wait()

    def one_by_one(self, account: str) -> asyncio.Lock:
        return self._turns.setdefault(account, asyncio.Lock())

    async def _untake(self, guess: Guess, taken: Sequence[str], parties: Mapping[str, str]) -> None:
        for counter in taken:
            await _give_back(counter)
        if guess is Guess.PASSWORD:
            await GuessRow.get_pymongo_collection().update_one({"_id": self._row(parties)}, {"$inc": {"wrong": -1}})

    async def _end_rows(self, parties: Mapping[str, str]) -> None:
        rows = [self._row(parties), self._row({**parties, "device": ""})]
        await GuessRow.get_pymongo_collection().delete_many({"_id": {"$in": rows}})

    def _counter(self, guess: Guess, by: str, parties: Mapping[str, str]) -> str:
        return self._key.of("guess", guess, by, *(parties[name] for name in by.split("+")))

    def _row(self, parties: Mapping[str, str]) -> str:
        return self._key.of("row", parties["account"], parties["device"])


def _parties(account: str, address: str, device: str | None) -> Mapping[str, str]:
    return {"account": account, "place": place_of(address), "device": device or ""}


async def _take_row(row: str) -> None:
    counted = await GuessRow.get_pymongo_collection().find_one_and_update(
        {"_id": row},
        [{"$set": {"wrong": {"$min": [IN_A_ROW + 1, {"$add": [{"$ifNull": ["$wrong", 0]}, 1]}]}, "at": "$$NOW"}}],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    if GuessRow.model_validate(counted).wrong > IN_A_ROW:
        raise ResetRequired


def _by_party(guess: Guess, device: str | None) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in KNOWN_DEVICE if guess is Guess.PASSWORD and device else RULES[guess]:
        found.setdefault(rule.by, []).append(rule)
    return found


async def _take(counter: str, rules: Sequence[Rule]) -> GuessCount:
    longest = max(rule.window_s for rule in rules)
    kept = {"$filter": {"input": {"$ifNull": ["$hits", []]}, "cond": {"$gt": ["$$this", _before(longest)]}}}
    row = await GuessCount.get_pymongo_collection().find_one_and_update(
        {"_id": counter},
        [
            {"$set": {"hits": kept, "at": "$$NOW"}},
            {"$set": {"taken": {"$and": [_has_room(rule) for rule in rules]}}},
            {"$set": {"hits": {"$cond": ["$taken", {"$concatArrays": ["$hits", ["$$NOW"]]}, "$hits"]}}},
        ],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    count: GuessCount = GuessCount.model_validate(row)
    return count


def _has_room(rule: Rule) -> Mapping[str, object]:
    recent = {"$size": {"$filter": {"input": "$hits", "cond": {"$gt": ["$$this", _before(rule.window_s)]}}}}
    below = {"$lt": [recent, rule.limit]}
    if not rule.grows:
        return below
    doubled = {"$multiply": [FIRST_DELAY_S * 1000, {"$pow": [2, {"$subtract": [recent, rule.limit]}]}]}
    due = {"$add": [{"$last": "$hits"}, {"$min": [LONGEST_DELAY_S * 1000, doubled]}]}
    return {"$or": [below, {"$lte": [due, "$$NOW"]}]}


def _before(seconds: int) -> Mapping[str, object]:
    return {"$subtract": ["$$NOW", seconds * 1000]}


async def _give_back(counter: str) -> None:
    await GuessCount.get_pymongo_collection().update_one({"_id": counter}, {"$pop": {"hits": 1}})


def _wait_s(count: GuessCount, rules: Sequence[Rule]) -> float:
    """Until every rule has room again."""
    return max(_free_at(count, rule) for rule in rules)


def _free_at(count: GuessCount, rule: Rule) -> float:
    window = timedelta(seconds=rule.window_s)
    recent: list[datetime] = [hit for hit in count.hits if hit > count.at - window]
    if len(recent) < rule.limit:
        return 0.0
    if rule.grows:
        delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (len(recent) - rule.limit))
        return (recent[-1] - count.at).total_seconds() + delay_s
    return (recent[-rule.limit] + window - count.at).total_seconds()
