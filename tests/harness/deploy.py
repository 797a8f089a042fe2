"""What stands in deploy/, for the tests that hold it against the program, and an nginx that runs it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from server.__main__ import cli
from server.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMMANDS = {command.name or command.callback.__name__ for command in cli.registered_commands if command.callback}
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
SETTINGS = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in SECRETS}
NEEDED = {"TOKEN_KEY", "FIELD_KEY", "INDEX_KEY", "REFRESH_KEY", "IDEMPOTENCY_KEY", "MONGODB_URL", "REDIS_URL"}
"""What production does not start without."""


def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def manifests() -> Iterator[dict[str, Any]]:
    """Every Kubernetes object, the template of the secret included."""
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx_conf(port: int, *upstreams: str) -> str:
    """deploy/nginx.conf with other addresses, and nothing else changed."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for name, url in zip(("web1", "web2"), upstreams, strict=True):
        text, found = re.subn(rf"\b{name}:8000\b", urlsplit(url).netloc or url, text)
        assert found == 1, name
    text, found = re.subn(r"\blisten 8080;", f"listen 127.0.0.1:{port};", text)
    assert found == 1
    return text


def nginx_command(folder: Path) -> list[str]:
    """The command of docker-compose.yml, in a folder of this machine."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert binary, "nginx is missing: sh deploy/test-packages.sh"
    given: list[str] = compose()["services"]["nginx"]["entrypoint"]
    places = {"nginx": binary, "/tmp": str(folder), "/etc/nginx/nginx.conf": str(folder / "nginx.conf")}
    command = [places.get(word, word) for word in given]
    if os.geteuid() == 0:
        command[-1] += " user root;"  # the folder is closed to nginx's usual user
    return command


@dataclass(frozen=True, slots=True)
class Proxy:
    """An nginx on a port of its own. What it writes is in `log`: calls, and its own troubles."""

    url: str
    log: Path
    process: Process


@asynccontextmanager
async def open_proxy(folder: Path, *upstreams: str) -> AsyncIterator[Proxy]:
    """Run nginx before two addresses, until the block ends."""
    port = free_port()
    (folder / "nginx.conf").write_text(nginx_conf(port, *upstreams), encoding="utf-8")
    log = folder / "nginx.log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(*nginx_command(folder), stdin=DEVNULL, stdout=out, stderr=out)
    try:
        await until_open(port, lambda: process.returncode is None)
        yield Proxy(f"http://127.0.0.1:{port}", log, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def until_open(port: int, is_running: Callable[[], bool] = lambda: True) -> None:
    """Wait until something listens on this port."""
    async with asyncio.timeout(30):
        while True:
            assert is_running(), f"what should listen on {port} has ended"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return await writer.wait_closed()
