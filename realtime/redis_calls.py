"""A Redis client for single calls, beside the bus."""

from __future__ import annotations

from typing import Final

import redis.asyncio as redis
from redis.exceptions import RedisError

WITHIN_S: Final = 1.0

AWAY: Final = (RedisError, OSError, TimeoutError, RuntimeError)
"""What a call raises when Redis does not answer. RuntimeError is uvloop's word for writing to a closed connection, and
redis-py passes it on."""


def open_client(url: str) -> redis.Redis:
    """Calls are bounded by `asyncio.timeout(WITHIN_S)` around them, and not by the library.

    Its own timeout waits with `asyncio.wait_for`, which in Python 3.11 can swallow a cancellation: a process that was
    told to end would then go on for ever.
    """
    return redis.Redis.from_url(
        url, decode_responses=True, socket_timeout=None, socket_connect_timeout=WITHIN_S, retry=None
    )
