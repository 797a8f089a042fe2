"""Passwords: argon2id, off the loop, and never more at once than the cores can bear."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.errors import Unavailable

Result = TypeVar("Result")

MEMORY_KIB, PASSES, LANES = 47_104, 2, 1
"""46 MiB, two passes: above the floors of ASVS 5 appendix C; about 80 ms."""

AT_ONCE_PER_CORE, QUEUE = 2, 32


class Passwords:
    """Hashes and verifies. When 32 callers wait already, the next gets `Unavailable`."""

    def __init__(self) -> None:
        self._hash = PasswordHash((Argon2Hasher(memory_cost=MEMORY_KIB, time_cost=PASSES, parallelism=LANES),))
        self._at_once = AT_ONCE_PER_CORE * (os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="argon2")
        self._running = 0
        self._dummy = self._hash.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        return await self._off_loop(self._hash.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Compare; without a stored hash it takes as long and is False, so that nobody learns who exists."""
        matches = await self._off_loop(self._hash.verify, password, stored or self._dummy)
        return matches and stored is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _off_loop(self, work: Callable[..., Result], *arguments: str) -> Result:
        if self._running >= self._at_once + QUEUE:
            raise Unavailable
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._running -= 1
