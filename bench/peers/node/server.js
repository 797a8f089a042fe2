// The Node peer: socket.io as its makers recommend it for speed. WebSocket only, no compression, one room.
// PORT, and optionally REDIS_SOCKET (use the Redis adapter) and TOKEN_KEY (a public key file: verify EdDSA tokens).
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const { PORT, REDIS_SOCKET, TOKEN_KEY } = process.env;
const http = createServer();
const options = { transports: ["websocket"], perMessageDeflate: false, serveClient: false };
if (REDIS_SOCKET) {
  const publisher = createClient({ socket: { path: REDIS_SOCKET } });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  options.adapter = createAdapter(publisher, subscriber);
}
const namespace = new Server(http, options).of("/announcements");

// By hand instead of through a library: the fastest way in which Node checks these tokens.
if (TOKEN_KEY) {
  const key = createPublicKey(readFileSync(TOKEN_KEY));
  namespace.use((socket, next) => {
    try {
      const [head, body, signature] = socket.handshake.auth.token.split(".");
      const isSigned = verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
      const claims = JSON.parse(Buffer.from(body, "base64url"));
      if (!isSigned || claims.exp < Date.now() / 1000) throw new Error("not authenticated");
      socket.data.user = claims.sub;
      next();
    } catch (error) {
      next(error);
    }
  });
}

namespace.on("connection", (socket) => {
  socket.on("join", (room, acknowledge) => {
    socket.join(room);
    acknowledge({ ok: true });
  });
  socket.on("bench.publish", (event) => namespace.to("course").emit("announcement.posted", event));
});

http.listen({ port: Number(PORT), host: "127.0.0.1", backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${http.address().port}`);
});
