"""uWebSockets through socketify: native topics, and just enough Engine.IO and Socket.IO for the load generator."""

from __future__ import annotations

import os
from typing import Any

from socketify import App, OpCode

NAMESPACE = "/announcements,"
OPEN = '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
PUBLISH = f'42{NAMESPACE}["bench.publish",'


def on_open(socket: Any) -> None:
    socket.send(OPEN, OpCode.TEXT)


def on_message(socket: Any, text: str, _: object) -> None:
    if text.startswith(PUBLISH):
        app.publish("course", f'42{NAMESPACE}["announcement.posted",{text[len(PUBLISH) :]}', OpCode.TEXT)
    elif text.startswith("42"):
        socket.subscribe("course")
        socket.send(f'43{NAMESPACE}0[{{"ok":true}}]', OpCode.TEXT)
    elif text.startswith("40"):
        socket.send(f'40{NAMESPACE}{{"sid":"x"}}', OpCode.TEXT)


app = App()
app.ws(
    "/*",
    {
        "compression": 0,
        "idle_timeout": 0,
        "max_payload_length": 1 << 20,
        "max_backpressure": 1 << 24,
        "open": on_open,
        "message": on_message,
    },
)
app.listen(
    {"port": int(os.environ["PORT"]), "host": "127.0.0.1"},
    lambda config: print(f"listening on http://127.0.0.1:{config.port}", flush=True),
)
app.run()
