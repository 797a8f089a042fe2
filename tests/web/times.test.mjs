import assert from "node:assert/strict";
import { test } from "node:test";
import { instantOf, wallAt } from "../../web/app/announce/times.js";

const TIMES = [
  ["2027-01-15T08:00", "Europe/Paris", "2027-01-15T07:00:00.000Z"],
  ["2027-03-28T01:59", "Europe/Paris", "2027-03-28T00:59:00.000Z"],
  ["2027-03-28T02:30", "Europe/Paris", "2027-03-28T01:30:00.000Z"],
  ["2027-03-28T03:00", "Europe/Paris", "2027-03-28T01:00:00.000Z"],
  ["2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30:00.000Z"],
  ["2026-10-25T03:00", "Europe/Paris", "2026-10-25T02:00:00.000Z"],
  ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00.000Z"],
  ["2026-01-01T00:30:07", "Pacific/Kiritimati", "2025-12-31T10:30:07.000Z"],
];

for (const [wall, zone, instant] of TIMES) {
  test(`${wall} in ${zone}`, () => assert.equal(new Date(instantOf(wall, zone)).toISOString(), instant));
}

test("an instant is shown as the clock on the wall shows it", () => {
  assert.equal(wallAt("2027-03-28T01:30:00Z", "Europe/Paris"), "2027-03-28T03:30");
  assert.equal(wallAt("2026-12-31T10:30:07Z", "Pacific/Kiritimati"), "2027-01-01T00:30:07");
  assert.ok(Number.isNaN(instantOf("", "Europe/Paris")));
});
