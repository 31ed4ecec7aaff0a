import assert from "node:assert/strict";
import test from "node:test";

import { dayOf, moved, stretched, timeWords } from "../../crisis_abm/dashboard/widgets/timeline_row.js";

const run = { steps: 30, unit: "day", first: "", length: 1 };
const dated = { ...run, first: "2020-02-27" };
const event = (start, end = null, once = false) => ({ start, end, once });

test("an event moves as a whole and stays in the run", () => {
  const here = event(5, 10);
  assert.deepEqual(moved(run, here, here, 3), { start: 8, end: 13 });
  assert.deepEqual(moved(run, here, here, -9), { start: 0, end: 5 });
  assert.deepEqual(moved(run, here, here, 99), { start: 25, end: 30 });
});

test("what goes on to the end, and what happens once, begin on the last day at the latest", () => {
  for (const here of [event(5), event(5, null, true)]) {
    assert.deepEqual(moved(run, here, here, 99), { start: 29, end: null });
  }
});

test("what ends behind the run may keep its end there", () => {
  const here = event(5, 40);
  assert.deepEqual(moved(run, here, here, 2), { start: 5, end: 40 });
  assert.deepEqual(moved(run, here, here, -2), { start: 3, end: 38 });
  assert.deepEqual(stretched(run, here, here, 5, 99), { start: 5, end: 40 });
});

test("an end is at least a day behind the start, and the start before the end", () => {
  const here = event(5, 10);
  assert.deepEqual(stretched(run, here, here, 5, 2), { start: 5, end: 6 });
  assert.deepEqual(stretched(run, here, here, 20, 10), { start: 9, end: 10 });
  assert.deepEqual(stretched(run, here, here, -3, 10), { start: 0, end: 10 });
});

test("what had no end has none at the end of the run, and gets one before", () => {
  const here = event(5);
  assert.deepEqual(stretched(run, here, here, 5, 30), { start: 5, end: null });
  assert.deepEqual(stretched(run, here, here, 5, 12), { start: 5, end: 12 });
  assert.deepEqual(stretched(run, event(5, 10), event(5, 10), 5, 30), { start: 5, end: 30 });
});

test("when it is, in words", () => {
  const told = (start, end, more = {}) => timeWords(dated, { ...event(start, end), ...more }, { start, end });
  assert.equal(told(2, 4), "29 Feb 2020 to 1 Mar 2020");
  assert.equal(told(2, 3), "29 Feb 2020");
  assert.equal(told(2, null), "from 29 Feb 2020 to the end");
  assert.equal(told(2, null, { once: true }), "29 Feb 2020");
  assert.equal(told(2, null, { waits: "once beds run out" }), "once beds run out");
  assert.equal(told(null, null), "no time that can be understood");
  assert.equal(dayOf(run, 12), "day 12");
  assert.equal(dayOf({ ...dated, length: 7 }, 1), "5 Mar 2020");
});
