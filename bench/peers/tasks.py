"""taskiq with its broker on Redis streams, as it comes: the worker, and who gives it work.

`work` prints "listening on" and works until it is ended; `make PORT COUNT PAUSE_S` makes COUNT tasks, as fast as it
goes or one each PAUSE_S seconds.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from functools import cache

import uvloop
from taskiq.api import run_receiver_task
from taskiq_redis import RedisStreamBroker

MAKERS = 64

broker = RedisStreamBroker(os.environ["REDIS_URL"], queue_name="bench-taskiq")


@cache
def line_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


@broker.task(task_name="ping")
async def ping(made: int, port: int) -> None:
    line_to(port).sendall(b"%d %d\n" % (made, time.monotonic_ns()))


async def work() -> None:
    broker.is_worker_process = True
    ended = asyncio.Event()
    print("listening on nothing", flush=True)
    receiver = asyncio.create_task(run_receiver_task(broker, run_startup=True))
    await asyncio.wait([receiver, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)


async def make(port: int, count: int, pause_s: float) -> None:
    await broker.startup()
    turns = asyncio.Semaphore(MAKERS)

    async def in_turn() -> None:
        async with turns:
            await ping.kiq(time.monotonic_ns(), port)

    if pause_s:
        for _ in range(count):
            await ping.kiq(time.monotonic_ns(), port)
            await asyncio.sleep(pause_s)
    else:
        await asyncio.gather(*(in_turn() for _ in range(count)))
    await broker.shutdown()


if __name__ == "__main__":
    wanted = work() if sys.argv[1] == "work" else make(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    uvloop.run(wanted)
