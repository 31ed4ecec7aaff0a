import assert from "node:assert/strict";
import test from "node:test";

import { COLOURS } from "../../crisis_abm/dashboard/widgets/run_view_data.js";
import { axisDays, bandsOf, eachFailure, paintLine } from "../../crisis_abm/dashboard/widgets/run_view_heat.js";
import { crisis } from "./run.mjs";

test("a stretch of rows of one kind is a band, and bands fill the height", () => {
  const bands = bandsOf({ kind: [0, 0, 0, 1] }, [0, 1, 2, 3], 100);
  assert.deepEqual(bands.map(({ kind, from, count, top, height }) => [kind, from, count, top, height]),
    [[0, 0, 3, 0, 75], [1, 3, 1, 75, 25]]);
});

test("a kind of few has room for its name, taken from those of many", () => {
  const kind = [...Array(99).fill(0), 1];
  const bands = bandsOf({ kind }, [...kind.keys()], 100);
  assert.deepEqual(bands.map((band) => band.height), [83, 17]);
});

test("where names of all kinds have no room, none is favoured", () => {
  const bands = bandsOf({ kind: [0, 1, 2, 3] }, [0, 1, 2, 3], 40);
  assert.deepEqual(bands.map((band) => band.height), [10, 10, 10, 10]);
});

test("the same kind twice, with another between, is three bands", () => {
  assert.deepEqual(bandsOf({ kind: [0, 1, 0] }, [0, 1, 2], 300).map((band) => band.from), [0, 1, 2]);
});

test("a line of the picture is the mean colour of its rows and days", () => {
  const run = crisis();
  const image = new Float32Array(4 * 4);
  paintLine(image, 0, 4, run, run.looks[0], [2]);
  const pixel = (k) => [...image.slice(4 * k, 4 * k + 3)];
  assert.deepEqual(pixel(0), COLOURS[0]);
  assert.deepEqual(pixel(1), COLOURS[3]);
  assert.equal(image[3], 255);
  paintLine(image, 0, 1, run, run.looks[0], [0, 1]); // working four times of eight, else strained
  COLOURS[0].forEach((working, c) =>
    assert.ok(Math.abs(image[c] - (working + COLOURS[1][c]) / 2) < 1e-4));
});

test("stretches of days on which half of the rows or more had failed", () => {
  const run = crisis();
  const of = (rows, columns = 4) => {
    const found = [];
    eachFailure(run, run.looks[0], rows, columns, (x, count) => found.push([x, count]));
    return found;
  };
  assert.deepEqual(of([2]), [[1, 3]]);
  assert.deepEqual(of([0, 2]), [[1, 3]]);
  assert.deepEqual(of([0, 1, 2]), []);
  assert.deepEqual(of([2], 2), [[1, 1]]);
});

test("days of the axis are firsts of months, or round numbers", () => {
  const dates = axisDays({ start: "2020-02-15", steps: 60, length: 1 }, 500);
  assert.deepEqual(dates, [[15, "1 Mar"], [46, "1 Apr"]]);
  const numbers = axisDays({ start: null, steps: 60, length: 1, unit: "day" }, 400);
  assert.deepEqual(numbers.map(([day]) => day), [0, 10, 20, 30, 40, 50]);
  assert.deepEqual(numbers.map(([, words]) => words), ["day 0", "10", "20", "30", "40", "50"]);
});

test("a long run has no more labels than have room", () => {
  const days = axisDays({ start: "2020-01-01", steps: 3650, length: 1 }, 640);
  assert.ok(days.length <= 10 && days.length >= 5);
});
