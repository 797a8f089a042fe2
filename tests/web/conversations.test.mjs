import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { conversed, threaded, Typists } from "../../web/sdk/index.js";
import { Subscription } from "../../web/sdk/subscription.js";

const said = (seq, more = {}) => ({ messageId: `m${seq}`, threadId: "t", seq, from: "ada", senderName: "Ada", content: `No ${seq}`,
  sentAt: `2026-03-02T09:3${seq}:00Z`, clientId: null, _version: 1, _at: "2026-03-02T10:00:00Z", ...more });
const after = (messages, ...events) => events.reduce((all, [name, event]) => conversed(all, name, event), messages);
const texts = (messages) => messages.map(({ content, deletedAt }) => (deletedAt ? null : content));
const thread = (threadId, more = {}) => ({ threadId, kind: "direct", title: null, courseId: null, participants: [], lastMessage: null,
  unread: 0, lastReadSeq: 0, seq: 0, muted: false, archived: false, stream: null, createdAt: "", updatedAt: "2026-03-01T00:00:00Z", ...more });

test("messages stand by their numbers, each once, whatever the order in which they are told", () => {
  const all = after([], ...[3, 1, 2, 3].map((seq) => ["message.received", said(seq)]));
  assert.deepEqual(texts(all), ["No 1", "No 2", "No 3"]);
});

test("a change and a deletion are never taken back by what is older", () => {
  const one = after([], ["message.received", said(1)]);
  const changed = conversed(one, "message.updated", said(1, { content: "Better", _version: 3 }));
  assert.deepEqual(texts(conversed(changed, "message.updated", said(1, { content: "Good", _version: 2 }))), ["Better"]);
  const gone = conversed(changed, "message.deleted", said(1, { _version: 4 }));
  assert.deepEqual(texts(after(gone, ["message.received", said(1)], ["message.updated", said(1, { _version: 5 })])), [null]);
});

test("a thread that is written in comes first and counts what others wrote, once", () => {
  const threads = [thread("s", { updatedAt: "2026-03-02T00:00:00Z" }), thread("t")];
  const now = threaded(threads, "message.received", said(1), "me");
  assert.deepEqual(now.map(({ threadId, unread }) => [threadId, unread]), [["t", 1], ["s", 0]]);
  assert.equal(threaded(now, "message.received", said(1), "me"), now);
  const mine = threaded(now, "message.received", said(2, { from: "me" }), "me");
  assert.deepEqual([mine[0].unread, mine[0].lastMessage.content], [1, "No 2"]);
  assert.equal(threaded(mine, "thread.read", { threadId: "t", seq: 2, unread: 0 }, "me")[0].unread, 0);
});

test("threads are loaded anew for one that is not among them, and for other people in one", () => {
  assert.equal(threaded([], "message.received", said(1), "me"), null);
  assert.equal(threaded([thread("t")], "thread.updated", { threadId: "t", participantCount: 3 }, "me"), null);
  const muted = threaded([thread("t")], "thread.updated", { threadId: "t", title: null, muted: true }, "me");
  assert.deepEqual([muted[0].muted, muted[0].title], [true, null]);
});

test("who writes stops by themselves, or when it is sent; one's own keys are told every three seconds", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const shown = [];
  const typists = new Typists((now) => shown.push(now.map(({ name }) => name)));
  typists.told({ userId: "a", name: "Ada", inMs: 5000 });
  typists.told({ userId: "n", name: "Noa", inMs: 6000 });
  typists.stopped("a");
  mock.timers.tick(6000);
  assert.deepEqual(shown, [["Ada"], ["Ada", "Noa"], ["Noa"], []]);
  assert.deepEqual([typists.isDue, typists.isDue], [true, false]);
  typists.sent();
  assert.equal(typists.isDue, true);
  mock.timers.reset();
});

test("a thread of many people has a stream of its own, which is nobody's own", () => {
  const crowd = new Subscription("collab", null, {}, {}, "0a");
  const own = new Subscription("collab", null, {}, {});
  const owned = (one) => ["collab/thread:0a", "collab/thread:0b", "collab/user:0a"].map((stream) => one.owns(stream));
  assert.deepEqual([owned(crowd), crowd.isOwn], [[true, false, false], false]);
  assert.deepEqual([owned(own), own.isOwn], [[false, false, true], true]);
});
