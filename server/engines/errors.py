"""What can go wrong with the engines; every message is meant for a person at a terminal."""

from pathlib import Path


class EngineError(Exception):
    """An engine cannot serve this data directory."""


class EngineMissing(EngineError):
    """No binary to start; the message names the ways out."""


class EngineFailed(EngineError):
    """An engine ended early or was not ready in time; `log_tail` holds its last words."""

    def __init__(self, name: str, reason: str, log_tail: str) -> None:
        super().__init__(f"{name} {reason}. The end of its log:\n{log_tail or '(empty)'}")
        self.log_tail = log_tail


class EnginesBusy(EngineError):
    """Another process runs engines on the same data directory."""

    def __init__(self, data_dir: Path, pid: int) -> None:
        super().__init__(
            f"Process {pid} already runs engines on {data_dir}. Stop that process, or choose another DATA_DIR.",
        )
        self.pid = pid
