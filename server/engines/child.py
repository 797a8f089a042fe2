"""One child process that cannot outlive us, even when we are killed."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

KEEPER: Final = Path(__file__).with_name("keeper.py")
KILL_NOW: Final = b"k"
LOG_LIMIT_BYTES: Final = 8 * 1024 * 1024
TAIL_BYTES: Final = 64 * 1024


class Child:
    """A command behind a keeper: ends with this process, ignores the terminal's Ctrl-C.

    Args:
        name: what messages call it.
        command: the program's path and its arguments.
        log_path: gets its output, appended; one older file `*.1` is kept past 8 MiB.
        env: the whole environment; None hands down ours.
        cwd: None hands down ours.
        pass_fds: descriptors that the keeper holds open until the command has ended.
        handed_on: descriptors that the command itself inherits, under the same numbers.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log_path: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        *,
        pass_fds: Sequence[int] = (),
        handed_on: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._command = tuple(command)
        self._env = env
        self._cwd = cwd
        self._pass_fds = (*pass_fds, *handed_on)
        self._handed_on = tuple(map(str, handed_on))
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The keeper's process id; signals sent to it reach the command. None before start."""
        return self._process.pid if self._process else None

    @property
    def returncode(self) -> int | None:
        """The command's status, or 128 + N when signal N ended it; below zero: keeper killed."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Start the command; one that cannot be executed ends with status 127."""
        if self._process is not None and self._process.returncode is None:
            raise RuntimeError(f"{self.name} is already running")
        with self._open_log() as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(KEEPER), *self._handed_on, "--", *self._command),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                pass_fds=self._pass_fds,
                start_new_session=True,
            )

    async def stop(self, timeout_s: float = 15) -> None:
        """Send SIGTERM and, `timeout_s` later, SIGKILL; return when the process is gone."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(timeout_s):
                await process.wait()
        except TimeoutError:
            await process.communicate(KILL_NOW)

    def interrupt(self) -> None:
        """Send SIGINT, if the command runs."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)

    async def wait(self) -> int:
        """Return `returncode` as soon as there is one."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._process.wait()

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines written since the latest start, at most 64 KiB."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(self._log_start, size - TAIL_BYTES))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _open_log(self) -> BinaryIO:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_name(self.log_path.name + ".1"))
        log = self.log_path.open("ab")
        self._log_start = log.tell()
        return log
