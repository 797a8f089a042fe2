import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../web/sdk/index.js";
import { frames } from "../../web/sdk/events.js";
import { Subscription } from "../../web/sdk/subscription.js";

const STREAM = "announcements/course:0a";
const event = (seq, epoch = "e") => ({ _stream: STREAM, _seq: seq, _epoch: epoch, _version: 1 });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A subscription whose snapshots stand at these positions, one after the other. */
function follower(...heads) {
  const seen = { applied: [], asked: [], loads: 0, ended: [] };
  const release = [];
  const handlers = {
    load: () =>
      new Promise((resolve, reject) => {
        seen.loads += 1;
        const head = heads.shift();
        release.push(() => (head instanceof Error ? reject(head) : resolve({ [STREAM]: head })));
      }),
    apply: (_name, { _seq }) => seen.applied.push(_seq),
    ended: (error) => seen.ended.push(error.code),
  };
  const link = { join: () => seen.asked.push("join"), sync: (_, __, [, seq]) => seen.asked.push(seq), changed() {} };
  const subscription = new Subscription("announcements", "0a", handlers, link);
  const loaded = async () => {
    release.shift()();
    await turn();
  };
  return { subscription, seen, loaded, hear: (seq) => subscription.receive("announcement.posted", event(seq)) };
}

test("what arrives while the snapshot loads is judged by the snapshot's position", async () => {
  const { subscription, seen, loaded, hear } = follower(["e", 5]);
  void subscription.load();
  [4, 5, 6].forEach(hear);
  assert.equal(subscription.isSettled, false);
  await loaded();
  assert.deepEqual([seen.applied, seen.asked, subscription.isSettled], [[6], ["join"], true]);
});

test("a gap is asked for once, and what came too early is applied when it comes again", async () => {
  const { subscription, seen, loaded, hear } = follower(["e", 1]);
  void subscription.load();
  await loaded();
  [3, 4, 2, 3, 4, 4].forEach(hear);
  assert.deepEqual([seen.applied, seen.asked], [[2, 3, 4], ["join", 1]]);
  assert.equal(subscription.isSettled, false);
  subscription.receive("sync.ok", { stream: STREAM, epoch: "e", from: 1, to: 4 });
  assert.equal(subscription.isSettled, true);
});

test("a reset loads the snapshot and goes on from it", async () => {
  const { subscription, seen, loaded, hear } = follower(["e", 1], ["f", 9]);
  void subscription.load();
  await loaded();
  subscription.receive("sync.reset", { stream: STREAM, reason: "wrong_epoch" });
  subscription.receive("announcement.posted", event(10, "f"));
  await loaded();
  assert.deepEqual([seen.loads, seen.applied, seen.asked], [2, [10], ["join", "join"]]);
  hear(11);
  assert.equal(seen.loads, 3, "an event of another database resets as well");
});

test("a connection that begins after our position loads the snapshot", async () => {
  const { subscription, seen, loaded } = follower(["e", 3], ["e", 8]);
  void subscription.load();
  await loaded();
  subscription.receive("sync.ok", { stream: STREAM, epoch: "e", from: 8, to: 8 });
  await loaded();
  assert.deepEqual([seen.loads, subscription.positions.get(STREAM)], [2, ["e", 8]]);
});

test("a connection that does not carry the streams is not waited for, and the next one goes on from where they stood", async () => {
  const { subscription, loaded } = follower(["e", 3]);
  void subscription.load();
  await loaded();
  subscription.begin(false);
  assert.equal(subscription.isSettled, true);
  subscription.begin(true);
  assert.deepEqual([subscription.isSettled, subscription.positions.get(STREAM)], [false, ["e", 3]]);
});

test("the right to follow ends with a refusal, and nothing is applied after it", async () => {
  const refused = new ApiError("No.", { code: "forbidden", category: "auth", status: 403 });
  const { subscription, seen, loaded, hear } = follower(["e", 1], refused);
  void subscription.load();
  await loaded();
  subscription.receive("sync.reset", { stream: STREAM, reason: "too_old" });
  await loaded();
  hear(2);
  assert.deepEqual([seen.ended, seen.applied], [["forbidden"], []]);
});

test("frames are cut out of the text wherever the network cut it", () => {
  const text = ': hello\nretry: 1500\n\nid: c1\nevent: sync.ok\ndata: {"a":\ndata: 1}\n\r\nid: c2\r\ndata:x\r\n\r\n';
  for (let size = 1; size < 12; size++) {
    const found = [];
    const parse = frames((frame) => found.push(frame));
    for (let at = 0; at < text.length; at += size) parse(text.slice(at, at + size));
    assert.deepEqual(found.filter(({ data }) => data), [
      { id: "c1", event: "sync.ok", data: '{"a":\n1}', retry: null },
      { id: "c2", event: "message", data: "x", retry: null },
    ]);
    assert.equal(found[0].retry, 1500);
  }
});
