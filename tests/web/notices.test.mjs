import assert from "node:assert/strict";
import { test } from "node:test";
import { noticed } from "../../web/sdk/index.js";
import { earliest } from "../../web/sdk/position.js";

const told = (notificationId, more = {}) => ({ notificationId, type: "job_finished", category: "system", subject: "job:1",
  facts: {}, link: "#/", courseId: null, actorId: null, createdAt: "2026-03-02T09:30:00Z", _at: "2026-03-02T09:31:00Z", ...more });
const after = (list, ...events) => events.reduce((all, [name, event]) => noticed(all, name, event), list);
const read = (list) => list.filter(({ readAt }) => readAt).map(({ notificationId }) => notificationId);
const three = after([], ...["a", "b", "c"].map((id) => ["notification.new", told(id)]));

test("the newest stands first, and each stands once however often it is told", () => {
  assert.deepEqual(three.map(({ notificationId }) => notificationId), ["c", "b", "a"]);
  assert.equal(three[0].kind, "job_finished");
  assert.equal(noticed(three, "notification.new", told("b")), three);
});

test("what was read stays read, also when its coming is told again", () => {
  const some = noticed(three, "notification.read", { ids: ["b"], _at: "2026-03-02T10:00:00Z" });
  assert.deepEqual(read(some), ["b"]);
  assert.deepEqual(read(noticed(some, "notification.new", told("b"))), ["b"]);
});

test("reading up to one reads all that are older", () => {
  assert.deepEqual(read(noticed(three, "notification.read", { before: "b", _at: "x" })), ["b", "a"]);
});

test("what was taken back is gone, and the others are as they were", () => {
  const left = noticed(three, "notification.withdrawn", { ids: ["b", "x"], unread: 2 });
  assert.deepEqual(left.map(({ notificationId }) => notificationId), ["c", "a"]);
  assert.deepEqual(noticed(left, "notification.withdrawn", { ids: ["b"], unread: 2 }), left);
});

test("several who follow the same stream go on from where the last of them stands", () => {
  const positions = (entries) => new Map(Object.entries(entries));
  const all = [positions({ s: ["e", 7], own: ["e", 1] }), positions({ s: ["e", 4] }), positions({ s: ["old", 2] })];
  assert.deepEqual(earliest(all), { s: ["e", 4], own: ["e", 1] });
});
