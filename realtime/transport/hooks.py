"""The parts of python-socketio and python-engineio that are not promised to us, each looked at before the start."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import engineio
import socketio
from socketio import packet
from socketio.base_server import BaseServer

PINNED = {"python-socketio": "5.18", "python-engineio": "4.15"}
"""The versions that these hooks were read off and tried with."""


class HookMovedError(Exception):
    """The library has changed under us; the text names the hook and the version that has it."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Something of the library that we replace or call: where it is, and the parameters we rely on."""

    owner: type
    name: str
    parameters: Sequence[str]

    def moved(self) -> str | None:
        """What is wrong with it, or None."""
        found = inspect.getattr_static(self.owner, self.name, None)
        where = f"{self.owner.__module__}.{self.owner.__qualname__}.{self.name}"
        if not isinstance(found, Callable):  # type: ignore[arg-type]
            return f"{where} is gone"
        has = tuple(inspect.signature(found).parameters)
        if has != ("self", *self.parameters):
            return f"{where} takes ({', '.join(has)}) and not (self, {', '.join(self.parameters)})"
        return None


HOOKS = (
    Hook(socketio.AsyncServer, "_engineio_server_class", ()),
    Hook(socketio.AsyncServer, "_handle_eio_message", ("eio_sid", "data")),
    Hook(socketio.AsyncServer, "_handle_connect", ("eio_sid", "namespace", "data")),
    Hook(socketio.AsyncServer, "_handle_disconnect", ("eio_sid", "namespace", "reason")),
    Hook(socketio.AsyncServer, "_handle_event", ("eio_sid", "namespace", "id", "data")),
    Hook(socketio.AsyncServer, "_send_packet", ("eio_sid", "pkt")),
    Hook(engineio.AsyncServer, "send", ("sid", "data")),
    Hook(engineio.AsyncServer, "generate_id", ()),
    Hook(packet.Packet, "encode", ()),
    Hook(packet.Packet, "decode", ("encoded_packet",)),
    Hook(packet.Packet, "__init__", ("packet_type", "data", "namespace", "id", "binary", "encoded_packet")),
    Hook(socketio.AsyncManager, "pre_connect", ("eio_sid", "namespace")),
    Hook(socketio.AsyncManager, "connect", ("sid", "namespace")),
    Hook(socketio.AsyncManager, "disconnect", ("sid", "namespace", "kwargs")),
    Hook(socketio.AsyncManager, "is_connected", ("sid", "namespace")),
    Hook(socketio.AsyncManager, "pre_disconnect", ("sid", "namespace")),
    Hook(socketio.AsyncManager, "sid_from_eio_sid", ("eio_sid", "namespace")),
    Hook(socketio.AsyncManager, "eio_sid_from_sid", ("sid", "namespace")),
    Hook(socketio.AsyncManager, "trigger_callback", ("sid", "id", "data")),
)


def check_hooks(hooks: Sequence[Hook] = HOOKS) -> None:
    """Raise `HookMovedError` when one of the hooks is not as it was."""
    for hook in hooks:
        if (problem := hook.moved()) is not None:
            raise HookMovedError(_told(problem))
    if "serializer" not in inspect.signature(BaseServer.__init__).parameters:
        raise HookMovedError(_told("socketio.Server takes no serializer any more"))


def _told(problem: str) -> str:
    tried = ", ".join(f"{name} {number}" for name, number in PINNED.items())
    here = ", ".join(f"{name} {version(name)}" for name in PINNED)
    return f"{problem}. The transport was made for {tried}; installed is {here}. See realtime/transport/hooks.py."
