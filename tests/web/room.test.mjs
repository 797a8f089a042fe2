import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { attended, Room } from "../../web/sdk/index.js";
import { Subscription } from "../../web/sdk/subscription.js";

const person = (id) => ({ id, name: id.toUpperCase(), role: "student", since: "2026-03-02T09:30:00Z" });
const joined = (userId, count) => ({ userId, name: userId.toUpperCase(), role: "student", since: person("x").since, count });
const ids = ({ people }) => people?.map(({ id }) => id) ?? null;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A room of a signed-in `me`; `lists` are what the server answers, one after the other. */
async function room(...lists) {
  const said = [];
  let handlers;
  const live = {
    random: () => 0,
    session: { user: { id: "me" } },
    watch: (what) => {
      handlers = what;
      return () => said.push("left");
    },
    say: (...what) => said.push(what),
  };
  const rest = { get: async () => ({ data: lists.shift() }) };
  const entered = new Room(live, rest, "c", () => {});
  await handlers.load();
  return { entered, said, lists, hear: (name, event) => handlers.told(name, event) };
}

test("people come and go, each once", () => {
  const two = { count: 2, people: [person("a"), person("b")] };
  const three = attended(two, "presence.joined", joined("c", 3));
  assert.deepEqual([ids(three), three.count, three.isStale], [["a", "b", "c"], 3, false]);
  assert.deepEqual(ids(attended(three, "presence.joined", joined("c", 3))), ["a", "b", "c"]);
  assert.deepEqual(ids(attended(three, "presence.left", { userId: "a", count: 2 })), ["b", "c"]);
});

test("a list that the server counts otherwise is stale, and so is none where there could be one", () => {
  const one = { count: 1, people: [person("a")] };
  assert.equal(attended(one, "presence.joined", joined("b", 3)).isStale, true);
  assert.equal(attended(one, "presence.left", { userId: "z", count: 0 }).isStale, true);
  const crowd = attended(one, "presence.changed", { count: 250 });
  assert.deepEqual([crowd.people, crowd.count, crowd.isStale], [null, 250, false]);
  assert.equal(attended(crowd, "presence.changed", { count: 200 }).isStale, true);
  assert.equal(attended(crowd, "presence.left", { userId: "z", count: 199 }).isStale, true);
});

test("what was lost is listed again, once for many events", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const whole = { count: 3, people: ["a", "b", "c"].map(person) };
  const { entered, lists, hear } = await room({ count: 1, people: [person("a")] }, whole);
  hear("presence.joined", joined("c", 3));
  hear("presence.joined", joined("c", 3));
  mock.timers.tick(2500);
  await turn();
  assert.deepEqual([ids(entered.state), lists.length], [["a", "b", "c"], 0]);
  mock.timers.reset();
});

test("one's own typing is sent every three seconds at most, and that of others ends by itself", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { entered, said, hear } = await room({ count: 1, people: [person("a")] });
  entered.typing("announcement");
  entered.typing("announcement");
  for (const userId of ["me", "a", "a"]) hear("typing", { userId, name: userId, where: "announcement", inMs: 5000 });
  assert.deepEqual(said, [["collab", "typing", { courseId: "c", where: "announcement" }]]);
  assert.deepEqual(entered.state.typing, [{ userId: "a", name: "a", where: "announcement" }]);
  mock.timers.tick(5000);
  assert.deepEqual(entered.state.typing, []);
  mock.timers.reset();
});

test("a closed room says and shows nothing more", async () => {
  const { entered, said, hear } = await room({ count: 1, people: [person("a")] });
  entered.close();
  entered.close();
  hear("presence.joined", joined("b", 2));
  assert.deepEqual([ids(entered.state), said], [["a"], ["left"]]);
});

test("a subscription hands on what has no number, after its snapshot and beside its positions", async () => {
  const told = [];
  let loaded = () => {};
  const load = () => new Promise((resolve) => (loaded = resolve));
  const handlers = { load, apply: () => told.push("applied"), told: (name) => told.push(name) };
  const link = { join() {}, sync: () => told.push("sync"), changed() {} };
  const subscription = new Subscription("collab", "0a", handlers, link);
  void subscription.load();
  subscription.receive("presence.left", { _stream: "collab/course:0a", userId: "a", count: 0 });
  assert.deepEqual(told, []);
  loaded(undefined);
  await turn();
  subscription.receive("typing", { _stream: "collab/course:0a" });
  assert.deepEqual([told, subscription.positions.size], [["presence.left", "typing"], 0]);
});
