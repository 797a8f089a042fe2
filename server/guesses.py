"""Limits on guessing, counted in MongoDB by its clock (`docs/security.md`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pymongo import ReturnDocument

from models.guesses import GuessCount
from services.accounts.errors import TooManyAttempts
from services.client_address import place_of
from services.crypto import KeyedHash
from services.ports import Guess

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` tries in `window_s` for what `by` names: the account, the place it is tried from, or both."""

    by: str
    limit: int
    window_s: int


RULES: Final[Mapping[Guess, Sequence[Rule]]] = {
    Guess.PASSWORD: (
        Rule("account+place", 5, 15 * MINUTE),
        Rule("place", 50, 15 * MINUTE),
        Rule("account", 20, HOUR),
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


class Guesses:
    """One counter for each party, taken in one atomic step, so that tries side by side cannot slip through."""

    def __init__(self, key: KeyedHash) -> None:
        self._key = key

    async def take(self, guess: Guess, *, account: str, address: str) -> None:
        taken: list[str] = []
        for by, rules in _by_party(guess).items():
            counter = self._counter(guess, by, account, address)
            count = await _take(counter, rules)
            if not count.taken:
                for other in taken:
                    await _give_back(other)
                raise TooManyAttempts(retry_after_s=_wait_s(count, rules))
            taken.append(counter)

    async def give_back(self, guess: Guess, *, account: str, address: str) -> None:
        for by in _by_party(guess):
            await _give_back(self._counter(guess, by, account, address))

    def _counter(self, guess: Guess, by: str, account: str, address: str) -> str:
        parties = {"account": account, "place": place_of(address)}
        return self._key.of("guess", guess, by, *(parties[name] for name in by.split("+")))


def _by_party(guess: Guess) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in RULES[guess]:
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
    recent = {"$filter": {"input": "$hits", "cond": {"$gt": ["$$this", _before(rule.window_s)]}}}
    return {"$lt": [{"$size": recent}, rule.limit]}


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
    return (recent[-rule.limit] + window - count.at).total_seconds()
