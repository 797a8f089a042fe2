import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applied, judge } from "../../web/sdk/index.js";

const examples = JSON.parse(readFileSync(new URL("../fixtures/reducer.json", import.meta.url), "utf8"));
const shown = ({ title, content, version }) => ({ title, content, version });

for (const example of examples) {
  test(example.name, () => {
    let { position, feed } = example;
    const verdicts = example.told.map(([name, event]) => {
      const verdict = judge(position ?? undefined, event);
      if (verdict === "apply") {
        position = [event._epoch, event._seq];
        feed = applied(feed, name, event);
      }
      return verdict;
    });
    assert.deepEqual(verdicts, example.verdicts);
    assert.deepEqual(position, example.expectedPosition);
    const left = Object.fromEntries(Object.entries(feed).map(([id, one]) => [id, shown(one)]));
    assert.deepEqual(left, example.expectedFeed);
  });
}
