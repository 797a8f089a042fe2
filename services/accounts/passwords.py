"""Passwords: argon2id, off the loop, and never more at once than the cores can bear."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from services.accounts.common_passwords import is_common
from services.accounts.errors import PasswordBreached
from services.errors import Unavailable

Result = TypeVar("Result")

MEMORY_KIB, PASSES, LANES = 47_104, 2, 1
"""46 MiB, two passes: above the floors of ASVS 5 appendix C; about 80 ms."""

LEAST_MEMORY_KIB: Final = 19_456
"""The floor of ASVS 5 appendix C for two passes; production refuses less."""

AT_ONCE_PER_CORE, QUEUE = 2, 32

BCRYPT_BYTES: Final = 72
"""bcrypt looks no further; a longer password would match whatever begins like it."""

_IMPORTABLE = re.compile(r"\$2[ab]\$(0[4-9]|1[0-4])\$[A-Za-z0-9+/.]{53}")


@dataclass(frozen=True, slots=True)
class Match:
    """Whether the password was right, and the hash to keep instead where the stored one is of an older kind."""

    is_right: bool
    renewed: str | None = None


WRONG: Final = Match(is_right=False)


def cores() -> int:
    """Those that this process may use: fewer than the machine has where it was bound to some."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


async def _uncounted() -> None:
    """Before a comparison that is no try."""


class Passwords:
    """Hashes and verifies. When `queue` callers wait already, the next gets `Unavailable`.

    With `refuses_common` nobody can set a password that is guessed first.
    """

    def __init__(self, *, refuses_common: bool = False, queue: int = QUEUE, memory_kib: int = MEMORY_KIB) -> None:
        self._hash = PasswordHash(
            (Argon2Hasher(memory_cost=memory_kib, time_cost=PASSES, parallelism=LANES), BcryptHasher())
        )
        self._refuses_common = refuses_common
        at_once = AT_ONCE_PER_CORE * cores()
        self._threads = ThreadPoolExecutor(at_once, "argon2")
        self._turns = asyncio.Semaphore(at_once)
        self._room = at_once + queue
        self._dummy = self._hash.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """The hash of a password that somebody sets, or `PasswordBreached`."""
        if self._refuses_common and is_common(password):
            raise PasswordBreached
        async with self._turn():
            return await self._off_loop(self._hash.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Compare; without a stored hash it takes as long and is False, so that nobody learns who exists."""
        return (await self.match(password, stored)).is_right

    async def match(
        self, password: str, stored: str | None, before: Callable[[], Awaitable[None]] = _uncounted
    ) -> Match:
        """Compare as `verify` does. `before` is awaited when the turn has come, so that few tries count at once."""
        async with self._turn():
            await before()
            match = await self._off_loop(self._compare, password, stored or self._dummy)
        return match if stored is not None else WRONG

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _compare(self, password: str, stored: str) -> Match:
        if BcryptHasher.identify(stored) and len(password.encode()) > BCRYPT_BYTES:
            return WRONG
        return Match(*self._hash.verify_and_update(password, stored))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._room <= 0:
            raise Unavailable
        self._room -= 1
        try:
            async with self._turns:
                yield
        finally:
            self._room += 1

    async def _off_loop(self, work: Callable[..., Result], *arguments: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def is_importable(stored: str) -> bool:
    """Whether a hash of another system can be kept until its owner signs in: bcrypt, at a cost that we can bear."""
    return _IMPORTABLE.fullmatch(stored) is not None
