import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { pushOf } from "../../web/sdk/push.js";

const KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const ENDPOINT = "https://push.example/1";

/** A browser that holds this subscription; notes what is done with it. */
function browser(held) {
  const done = [];
  const subscription = (key) => ({
    endpoint: ENDPOINT,
    options: { applicationServerKey: key },
    toJSON: () => ({ endpoint: ENDPOINT }),
    unsubscribe: async () => done.push("unsubscribe"),
  });
  const getSubscription = async () => (held ? subscription(held) : null);
  const subscribe = async ({ applicationServerKey: key }) => (done.push("subscribe"), subscription(key));
  return { done, registration: { pushManager: { getSubscription, subscribe } } };
}

/** A server that knows these browsers. */
function server(known = []) {
  const calls = [];
  return {
    calls,
    get: async () => ({ data: known }),
    post: async (path, body) => (calls.push(body), { data: { subscriptionId: "1" } }),
    delete: async (path) => calls.push(path),
  };
}

test("a browser subscribes once, and anew only under another key", async () => {
  const own = Buffer.from(KEY, "base64url");
  const key = own.buffer.slice(own.byteOffset, own.byteOffset + own.length);
  for (const [held, expected] of [
    [null, ["subscribe"]],
    [key, []],
    [new Uint8Array([4, 1]).buffer, ["unsubscribe", "subscribe"]],
  ]) {
    const { done, registration } = browser(held);
    const rest = server();
    assert.equal((await pushOf(rest).subscribe(KEY, registration)).subscriptionId, "1");
    assert.deepEqual([done, rest.calls], [expected, [{ endpoint: ENDPOINT }]]);
  }
});

test("a browser that ends it is forgotten by the school, and no other is", async () => {
  const mark = createHash("sha256").update(ENDPOINT).digest("hex");
  const rest = server([
    { subscriptionId: "8", mark: "0" },
    { subscriptionId: "9", mark },
  ]);
  const { done, registration } = browser(new ArrayBuffer(1));
  await pushOf(rest).unsubscribe(registration);
  assert.deepEqual([done, rest.calls], [["unsubscribe"], ["/notifications/push/subscriptions/9"]]);
});
