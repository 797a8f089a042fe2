"""Run one command and never outlive the parent: `keeper.py [descriptor…] -- command [argument…]`.

The descriptors named are handed on to the command; others that the keeper inherits, it only holds open.

Stdin is the tie to the parent. Its end means that the parent is gone: the command gets SIGTERM
and, `GRACE_S` later, SIGKILL. A byte on it means SIGKILL now. SIGTERM and SIGINT are passed on.
The exit status is the command's, or 128 + N when signal N ended it, or 127 when it did not start.

Standard library only, and no import of the package: it starts without site-packages.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

GRACE_S = 10.0
NOT_STARTED = 127
PARENT = 0
PASSED_ON = (signal.SIGTERM, signal.SIGINT)
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    end = arguments.index("--")
    command, handed_on = arguments[end + 1 :], [int(number) for number in arguments[:end]]
    signals = _signals_as_bytes()
    try:
        child = _spawn(command, handed_on)
    except OSError as refused:
        sys.stderr.write(f"keeper: {command[0]} did not start: {refused}\n")
        return NOT_STARTED
    status = _keep(child, signals)
    return 128 - status if status < 0 else status


def _signals_as_bytes() -> int:
    """Return a descriptor that yields one byte, its number, for each signal received."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (*PASSED_ON, signal.SIGCHLD):
        signal.signal(number, _only_wake)
    return reader


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Exist, so that the signal reaches the descriptor instead of its default action."""


def _spawn(command: list[str], handed_on: list[int]) -> subprocess.Popen[bytes]:
    """Start the command as the leader of its own process group."""
    return subprocess.Popen(  # noqa: S603 - running what the parent says is its purpose
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=handed_on,
        process_group=0,
        preexec_fn=_death_wish(),  # noqa: PLW1509 - the keeper has one thread
    )


def _death_wish() -> Callable[[], None] | None:
    """Return what makes Linux kill the command when the keeper itself is killed."""
    if sys.platform != "linux":
        return None
    keeper, libc = os.getpid(), ctypes.CDLL(None)

    def die_with_keeper() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != keeper:  # it died before the line above
            os._exit(NOT_STARTED)

    return die_with_keeper


def _keep(child: subprocess.Popen[bytes], signals: int) -> int:
    watched, deadline = [signals, PARENT], float("inf")
    while (status := child.poll()) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            _kill(child)
            deadline = float("inf")
            continue
        ready, _, _ = select.select(watched, [], [], min(left, 3600))
        if signals in ready:
            _pass_on(child, os.read(signals, 64))
        if PARENT in ready:
            if os.read(PARENT, 1):
                _kill(child)
            else:
                watched.remove(PARENT)
                child.terminate()
                deadline = time.monotonic() + GRACE_S
    return status


def _pass_on(child: subprocess.Popen[bytes], numbers: bytes) -> None:
    for number in numbers:
        if number in PASSED_ON:
            child.send_signal(number)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the whole group: a command that ignores SIGTERM may have children of its own."""
    with suppress(ProcessLookupError, PermissionError):  # macOS forbids it for what just ended
        os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
