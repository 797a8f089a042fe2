"""One process a worker that has imported the house and forks our commands from itself.

Each command is a process of its own all the same; it begins where a fresh interpreter has read every module and
rendered the documents. That saves 1.8 s of CPU a command, and a whole run starts more than a hundred.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

LONGEST_ORDER = 1 << 18


class Forked:
    """A process that the zygote forked, with what tests use of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader, ended: asyncio.Future[int]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)


class Zygote:
    """Asks the zygote for processes, and hears how they ended."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-u", "-m", "tests.harness.zygote", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=Path(__file__).parents[2])
        theirs.close()
        self._asking = asyncio.Lock()
        self._born: asyncio.Future[int] | None = None
        self._ended: dict[int, asyncio.Future[int]] = {}
        asyncio.get_running_loop().add_reader(self._channel, self._hear)
        atexit.register(self._close)

    async def fork(self, arguments: Sequence[str], environment: Mapping[str, str], errors: IO[bytes]) -> Forked:
        """Start `python -m server` with these arguments; its output is read here, its errors go to the file."""
        loop = asyncio.get_running_loop()
        ours, theirs = os.pipe()
        order = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
        try:
            async with self._asking:
                self._born = loop.create_future()
                socket.send_fds(self._channel, [order], [theirs, errors.fileno()])
                pid = await self._born
        finally:
            os.close(theirs)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb"))
        return Forked(pid, reader, self._ended[pid])

    def _hear(self) -> None:
        said = json.loads(self._channel.recv(LONGEST_ORDER))
        if "code" in said:
            self._ended.pop(said["pid"]).set_result(said["code"])
        else:
            self._ended[said["pid"]] = asyncio.get_running_loop().create_future()
            assert self._born is not None
            self._born.set_result(said["pid"])

    def _close(self) -> None:
        self._channel.close()
        self._process.wait()


def serve_orders(channel: socket.socket) -> None:
    """Fork for each order and report each end, until the other side is gone."""
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    selector, children = selectors.DefaultSelector(), set[int]()
    selector.register(channel, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is woken:
                woken.recv(4096)
                reap(channel, children)
                continue
            order, fds, *_ = socket.recv_fds(channel, LONGEST_ORDER, 2)
            if not order:
                for child in children:
                    os.kill(child, signal.SIGKILL)
                return
            if (child := os.fork()) == 0:
                selector.close()
                for end in (channel, woken, wake):
                    end.close()
                become(json.loads(order), *fds)
                return
            children.add(child)
            for fd in fds:
                os.close(fd)
            channel.send(json.dumps({"pid": child}).encode())


def reap(channel: socket.socket, children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        children.discard(pid)
        channel.send(json.dumps({"pid": pid, "code": os.waitstatus_to_exitcode(status)}).encode())


def become(order: Mapping[str, object], output: int, errors: int) -> None:
    """Be that command, with its environment and signals as a fresh process has them."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, place in ((nothing, 0), (output, 1), (errors, 2)):
        os.dup2(fd, place)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["server", *order["arguments"]]
    del sys.modules["server.__main__"]  # it runs again, as `python -m` runs it
    runpy.run_module("server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    import server.__main__  # noqa: F401 - read before the first fork, which is the whole point
    from server.documents import render_documents

    render_documents()
    gc.collect()
    gc.freeze()  # no child walks, and thereby copies, what all of them have
    serve_orders(socket.socket(fileno=int(sys.argv[1])))
