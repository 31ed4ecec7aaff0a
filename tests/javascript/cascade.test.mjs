import assert from "node:assert/strict";
import test from "node:test";

import { columnsOf, linesOf, placesOf, stretchWords } from "../../crisis_abm/dashboard/widgets/cascade_tree.js";
import { pen } from "./run.mjs";

const sign = (tick, kind = 0, through = 1) => ({ tick, kind, through });

test("roots stand first, then stretches of days as many as have room", () => {
  const data = { signs: [sign(-1, -1), sign(5), sign(5), sign(6), sign(20)] };
  assert.deepEqual(columnsOf(data, 5), [[0], [1, 2], [3], [4]]);
  assert.deepEqual(columnsOf(data, 2), [[0], [1, 2, 3], [4]]); // the nearest days come together
  assert.deepEqual(columnsOf(data, 1), [[0], [1, 2, 3, 4]]);
});

test("a stretch says what its ends have in common once", () => {
  const words = (days) => stretchWords({ days, signs: days.map((_, tick) => ({ tick })) }, [...days.keys()]);
  assert.equal(words(["day 20"]), "day 20");
  assert.equal(words(["day 20", "day 26"]), "day 20 to 26");
  assert.equal(words(["1 Mar 2020", "6 Jun 2020"]), "1 Mar to 6 Jun 2020");
  assert.equal(words(["30 Dec 2020", "2 Jan 2021"]), "30 Dec 2020 to 2 Jan 2021");
});

test("a sign stands near what it came from, and the one with more harm above the other", () => {
  const data = {
    signs: [sign(-1, -1), sign(-1, -1), sign(3, 0, 1), sign(3, 0, 9)],
    hops: [{ from: 0, to: 2, harm: 1 }, { from: 1, to: 3, harm: 1 }],
  };
  const columns = columnsOf(data, 4);
  const { places } = placesOf(data, columns, 800);
  assert.ok(places[0].y < places[1].y && places[2].y < places[3].y);
  assert.ok(places[2].x > places[0].x && places[2].x === places[3].x);
  data.hops = [];
  placesOf(data, columns, 800);
  assert.deepEqual(columns[1], [3, 2]);
});

test("words break into lines, the last of which is cut", () => {
  assert.deepEqual(linesOf(pen, "one two three", 7 * 8, 2), ["one two", "three"]);
  assert.deepEqual(linesOf(pen, "one two three four", 7 * 8, 2), ["one two", "three f…"]);
  assert.deepEqual(linesOf(pen, "short", 7 * 8, 2), ["short"]);
});
