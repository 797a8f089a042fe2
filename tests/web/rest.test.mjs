import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, Rest, Session } from "../../web/sdk/index.js";
import { pauseMs, spreadMs } from "../../web/sdk/backoff.js";

const OK = { success: true, data: { done: true }, message: "OK", requestId: "r" };
const SESSION = { user: { id: "1" }, accessToken: "first", refreshToken: "again", expiresIn: 900 };
const refusal = (status, code, category, retryable, fields = []) => {
  return [status, { success: false, message: code, code, category, status, retryable, fields }];
};

/** A client whose server gives these answers, one after the other; an Error is a network that fails. */
function wired(...answers) {
  const calls = [];
  const pauses = [];
  const fetch = async (url, init) => {
    calls.push({ url, ...init });
    const answer = (await answers.shift()) ?? [200, OK];
    if (answer instanceof Error) throw answer;
    const [status, body, headers = {}] = answer;
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  };
  const wire = { url: "http://school", fetch, language: () => "fr" };
  const session = new Session(wire);
  const rest = new Rest(wire, session, { random: () => 1, pause: async (ms) => void pauses.push(ms) });
  return { rest, session, calls, pauses };
}

test("a call that finds no network is repeated after 1, 2 and 4 s, then given up", async () => {
  const down = () => new TypeError("no network");
  const { rest, calls, pauses } = wired(down(), down(), down(), down());
  await assert.rejects(rest.get("/courses"), (error) => error instanceof ApiError && error.category === "network");
  assert.equal(calls.length, 4);
  assert.deepEqual(pauses, [1000, 2000, 4000]);
});

test("a repeated POST carries the same Idempotency-Key, another POST another", async () => {
  const { rest, calls } = wired(new TypeError("lost"), refusal(503, "unavailable", "server", true));
  await rest.post("/announcements", { title: "A" });
  await rest.post("/announcements", { title: "B" });
  const keys = calls.map(({ headers }) => headers["Idempotency-Key"]);
  assert.equal(keys[0], keys[1]);
  assert.equal(keys[0], keys[2]);
  assert.notEqual(keys[0], keys[3]);
});

test("what the server refuses is told once, with its category and fields, in the language asked for", async () => {
  const missing = { path: "title", code: "missing", message: "?" };
  const { rest, calls } = wired(refusal(400, "invalid_input", "validation", false, [missing]));
  await assert.rejects(rest.post("/courses", {}), { category: "validation", fields: [missing] });
  assert.equal(calls.length, 1);
  assert.equal(calls[0].headers["Accept-Language"], "fr");
  assert.match(calls[0].headers["X-Request-ID"], /^[0-9a-f-]{36}$/);
});

test("a proxy's page counts as an error of the server and is tried again, as late as it asks", async () => {
  const { rest, pauses } = wired([502, "<html>bad gateway", { "Retry-After": "7" }]);
  assert.deepEqual((await rest.get("/courses")).data, { done: true });
  assert.deepEqual(pauses, [7000]);
});

test("an expired token is exchanged once, by all callers together", async () => {
  const expired = () => refusal(401, "not_authenticated", "auth", false);
  const renewed = [200, { ...OK, data: { ...SESSION, accessToken: "second" } }];
  const { rest, session, calls } = wired([200, { ...OK, data: SESSION }], expired(), expired(), renewed);
  await session.signIn("a@b.example", "x");
  await Promise.all([rest.get("/courses"), rest.get("/users/me")]);
  const exchanges = calls.filter(({ url }) => url.endsWith("/auth/refresh"));
  assert.equal(exchanges.length, 1);
  assert.deepEqual(JSON.parse(exchanges[0].body), { refreshToken: "again" });
  assert.equal(calls.at(-1).headers.Authorization, "Bearer second");
});

test("when rights have changed, the call is repeated with a fresh token, and the new role is told", async () => {
  const outdated = refusal(401, "session_outdated", "auth", false);
  const renewed = [200, { ...OK, data: { ...SESSION, user: { id: "1", role: "tutor" }, accessToken: "second" } }];
  const { rest, session, calls } = wired([200, { ...OK, data: SESSION }], outdated, renewed);
  const told = [];
  session.onChange((user) => told.push(user?.role ?? null));
  await session.signIn("a@b.example", "x");
  assert.deepEqual((await rest.get("/courses")).data, { done: true });
  assert.equal(calls.at(-1).headers.Authorization, "Bearer second");
  assert.deepEqual(told, [null, "tutor"]);
});

test("when the session has ended, nobody is signed in any more", async () => {
  const ended = () => refusal(401, "session_ended", "auth", false);
  const { rest, session } = wired([200, { ...OK, data: SESSION }], ended(), ended());
  const told = [];
  session.onChange((user) => told.push(user?.id ?? null));
  await session.signIn("a@b.example", "x");
  await assert.rejects(rest.get("/users/me"), { code: "session_ended" });
  assert.deepEqual(told, ["1", null]);
});

const opened = (accessToken) => [200, { ...OK, data: { ...SESSION, accessToken } }];

test("a tab that asks with the tokens of before a step-up asks again, and stays", async () => {
  const replaced = refusal(401, "session_replaced", "auth", false);
  const { session, calls } = wired(opened("first"), replaced, opened("second"));
  await session.signIn("a@b.example", "x");
  assert.equal(await session.refresh(), "second");
  assert.equal(calls.length, 3);
});

test("who is replaced for good is not signed in any more", async () => {
  const replaced = () => refusal(401, "session_replaced", "auth", false);
  const { session } = wired(opened("first"), replaced(), replaced(), replaced());
  await session.signIn("a@b.example", "x");
  await assert.rejects(session.refresh(), { code: "session_replaced" });
  assert.equal(session.isSignedIn, false);
});

test("tokens that another call has brought meanwhile count, whatever becomes of the exchange", async () => {
  let answer;
  const late = new Promise((resolve) => (answer = resolve));
  const { session } = wired(opened("first"), late, opened("second"));
  await session.signIn("a@b.example", "x");
  const exchange = session.refresh();
  await session.signIn("a@b.example", "x");
  answer(refusal(401, "session_ended", "auth", false));
  assert.equal(await exchange, "second");
  assert.ok(session.isSignedIn);
});

test("pauses grow to 16 s and are never the same for everyone", () => {
  const longest = [1, 2, 3, 4, 5, 9].map((failures) => pauseMs(failures, () => 1));
  assert.deepEqual(longest, [1000, 2000, 4000, 8000, 16000, 16000]);
  assert.equal(pauseMs(5, () => 0), 0);
});

test("who was told how long to wait waits that long, and not all exactly so", () => {
  const { retryAfterMs } = ApiError.of({ code: "too_many_connections", retryAfter: 10 }, 429);
  assert.deepEqual([spreadMs(retryAfterMs, () => 0), spreadMs(retryAfterMs, () => 1)], [10_000, 15_000]);
  assert.equal(ApiError.of({ code: "conflict" }, 409).retryAfterMs, 0);
});
