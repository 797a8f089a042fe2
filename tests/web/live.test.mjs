import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Live } from "../../web/sdk/live.js";

const { WebSocketServer } = createRequire(new URL("../../web/sdk/index.js", import.meta.url))("ws");
const WITHIN_MS = 10_000;
const OPEN = `0${JSON.stringify({ sid: "s", upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1e6 })}`;

/** As much of a server as a client needs to connect: it emits each namespace, which `admit` lets in. */
async function door() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => {
    server.admit = (namespace) => socket.send(`40/${namespace},{"sid":"${namespace}"}`);
    socket.on("message", (frame) => {
      const [, namespace] = /^40\/(\w+),/.exec(String(frame)) ?? [];
      if (namespace) server.emit("asked", namespace);
    });
    socket.send(OPEN);
  });
  return server;
}

const asked = async (server) => (await once(server, "asked", { signal: AbortSignal.timeout(WITHIN_MS) }))[0];
const settled = (live) => new Promise((resolve) => live.onState((state) => state === "live" && resolve()));

test("what is asked for while the connection opens is connected as soon as it is open", async () => {
  const server = await door();
  const first = asked(server);
  const live = new Live({ url: `http://127.0.0.1:${server.address().port}` }, { token: async () => "t" });
  try {
    assert.equal(await first, "announcements");
    await new Promise((loaded) => live.own("collab", { load: async () => void setImmediate(loaded), apply() {} }));
    const second = asked(server);
    server.admit("announcements");
    assert.equal(await second, "collab");
    server.admit("collab");
    await settled(live);
  } finally {
    live.close();
    server.close();
  }
});
