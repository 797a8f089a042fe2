import assert from "node:assert/strict";
import { test } from "node:test";
import { client } from "../../web/sdk/index.js";

const done = (data) => [200, { success: true, data, message: "OK", requestId: "r" }];
const USER = { id: "1", role: "student", firstName: "Ada" };
const opened = (accessToken, user = USER) => done({ user, accessToken, refreshToken: "again", expiresIn: 900 });
const refused = (code, status = 401) => [status, { success: false, message: code, code, category: "auth", status }];

/** Someone who is signed in at a server that gives these answers, one after the other. */
async function signedIn(prove, ...answers) {
  const calls = [];
  const left = [opened("first"), ...answers];
  const fetch = async (url, init) => {
    calls.push({ path: new URL(url).pathname.replace("/api/v1", ""), ...init });
    const [status, body] = left.shift() ?? done({});
    return new Response(JSON.stringify(body), { status });
  };
  const school = client({ url: "http://school", fetch, prove: prove && (() => prove(school)) });
  await school.session.signIn("a@b.example", "x");
  calls.length = 0;
  return { ...school, calls };
}

const paths = (calls) => calls.map(({ path }) => path);

test("a call that needs a newer proof is repeated once with it, under the session that the proof has opened", async () => {
  const prove = async ({ factors }) => Boolean(await factors.stepUp({ password: "x" }));
  const { keys, calls } = await signedIn(prove, refused("step_up_required"), opened("second"), done({ key: "ck_1" }));
  assert.equal((await keys.create({ name: "K", scopes: [] })).key, "ck_1");
  assert.deepEqual(paths(calls), ["/auth/api-keys", "/auth/step-up", "/auth/api-keys"]);
  assert.equal(calls[1].headers.Authorization, "Bearer first");
  assert.equal(calls[2].headers.Authorization, "Bearer second");
  assert.equal(calls[0].headers["Idempotency-Key"], calls[2].headers["Idempotency-Key"]);
});

test("who declines to prove it, and who cannot be asked, is refused", async () => {
  for (const prove of [async () => false, undefined]) {
    const { sessions, calls } = await signedIn(prove, refused("step_up_required"));
    await assert.rejects(sessions.revokeOthers(), { code: "step_up_required" });
    assert.equal(calls.length, 1);
  }
});

test("a proof that does not suffice is not asked for again", async () => {
  let asked = 0;
  const { sessions } = await signedIn(async () => ++asked > 0, refused("step_up_required"), refused("step_up_required"));
  await assert.rejects(sessions.revokeOthers(), { code: "step_up_required" });
  assert.equal(asked, 1);
});

test("calls that need it at the same time ask once", async () => {
  let asked = 0;
  const need = refused("step_up_required");
  const { sessions, calls } = await signedIn(async () => ++asked > 0, need, need);
  await Promise.all([sessions.revoke("a"), sessions.revoke("b")]);
  assert.equal(asked, 1);
  assert.equal(calls.length, 4);
});

test("a token that is behind the user's rights is renewed, and a wrong password is not", async () => {
  const outdated = await signedIn(undefined, refused("session_outdated"), opened("second"), done([]));
  assert.deepEqual(await outdated.sessions.list(), []);
  assert.deepEqual(paths(outdated.calls), ["/auth/sessions", "/auth/refresh", "/auth/sessions"]);
  const wrong = await signedIn(undefined, refused("invalid_credentials"));
  await assert.rejects(wrong.passwords.change("x", "y"), { code: "invalid_credentials" });
  assert.equal(wrong.calls.length, 1);
});

test("a sign-in with a second factor opens nothing until that is proved", async () => {
  const methods = [{ kind: "totp", factorId: "f", name: "" }];
  const { session, factors } = await signedIn(undefined, done({}), done({ mfaRequired: true, mfaToken: "m", methods }), opened("new"));
  await session.signOut();
  assert.deepEqual(await session.signIn("a@b.example", "x"), { mfaToken: "m", methods });
  assert.equal(session.isSignedIn, false);
  await factors.verify("m", { factorId: "f", code: "123456" });
  assert.equal(session.isSignedIn, true);
});

test("new rights are told at once, and the next call has a token that knows of them", async () => {
  const told = [];
  const { session, rest, calls } = await signedIn(undefined, opened("second", { ...USER, role: "manager" }));
  session.onChange((user) => told.push([user.role, user.permissions]));
  session.changed({ role: "manager", permissions: ["user.list"] });
  await rest.get("/admin/users");
  assert.deepEqual(told, [["manager", ["user.list"]]]);
  assert.deepEqual(paths(calls), ["/auth/refresh", "/admin/users"]);
});

test("whose session is ended is told why; whose goes on under another id stays", async () => {
  for (const [answer, expected] of [[refused("session_ended"), [[null, "revoked"]]], [opened("second"), []]]) {
    const told = [];
    const { session } = await signedIn(undefined, answer);
    session.onChange((user, why) => told.push([user, why]));
    await session.ended("revoked");
    assert.deepEqual(told, expected);
  }
});
