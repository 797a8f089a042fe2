"""python-socketio on aiohttp and uvloop as it comes.

With REDIS_URL it uses its Redis manager, with MONGODB_URL it serves the REST call.
"""

from __future__ import annotations

import os
from typing import Any

import socketio
import uvloop
from aiohttp import web
from pymongo import AsyncMongoClient

ROOM = "course"
redis_url = os.environ.get("REDIS_URL")
manager = socketio.AsyncRedisManager(redis_url) if redis_url else None
server = socketio.AsyncServer(async_mode="aiohttp", client_manager=manager, transports=["websocket"])


class Announcements(socketio.AsyncNamespace):
    async def on_connect(self, sid: str, environ: object, auth: object) -> None:
        """Let anybody in."""

    async def on_join(self, sid: str, room: str) -> dict[str, bool]:
        await self.enter_room(sid, room)
        return {"ok": True}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "bench.publish":
            return await self.emit("announcement.posted", args[1], room=ROOM)
        return await super().trigger_event(event, *args)


async def announce(request: web.Request) -> web.Response:
    """What an endpoint usually does: write the document, tell the room, answer."""
    document = await request.json()
    collection = request.app[MONGO].get_database("plain").get_collection("announcements")
    await collection.insert_one(document)
    document["_id"] = str(document["_id"])
    await server.emit("announcement.posted", document, room=ROOM, namespace="/announcements")
    return web.json_response(document, status=201)


MONGO: web.AppKey[AsyncMongoClient[dict[str, Any]]] = web.AppKey("mongo")


async def open_database(app: web.Application) -> None:
    app[MONGO] = AsyncMongoClient(os.environ["MONGODB_URL"], w="majority", journal=True)


async def listening(_: web.Application) -> None:
    print(f"listening on http://127.0.0.1:{os.environ['PORT']}", flush=True)


app = web.Application()
server.register_namespace(Announcements("/announcements"))
server.attach(app)
app.router.add_post("/announce", announce)
if "MONGODB_URL" in os.environ:
    app.on_startup.append(open_database)
app.on_startup.append(listening)

web.run_app(
    app,
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    backlog=4096,
    access_log=None,
    print=None,
    loop=uvloop.new_event_loop(),
)
