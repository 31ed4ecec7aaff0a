import assert from "node:assert/strict";
import test from "node:test";

import {
  COLOURS, PARTS, STEP, mixOf, mostlyFailed, sharesOf, unpacked,
} from "../../crisis_abm/dashboard/widgets/run_view_data.js";
import { bytesOf, casesOf, options } from "./from_python.mjs";
import { crisis, grouped, header, packed } from "./run.mjs";

test("arrays come out as they went in, wherever they begin", () => {
  const data = packed({ ...header, problem: "no more" }, { one: ["u1", [1, 2, 3]], two: ["f4", [0.5, -2]] });
  const shifted = new Uint8Array(data.byteLength + 3);
  shifted.set(new Uint8Array(data.buffer), 3);
  for (const view of [data, new DataView(shifted.buffer, 3)]) {
    const run = unpacked(view);
    assert.deepEqual([...run.one], [1, 2, 3]);
    assert.deepEqual([...run.two], [0.5, -2]);
    assert.equal(run.problem, "no more");
    assert.equal(run.looks, undefined); // nothing follows from a problem
  }
});

test("what follows from the arrays: totals, harm so far, suppliers, the order of rows", () => {
  const run = crisis();
  assert.deepEqual([...run.totals[0]], [3, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 2, 0, 1]);
  assert.deepEqual([...run.harm[0]], [0, 1, 3, 7]);
  assert.deepEqual(run.suppliers, [[2], [2], []]);
  assert.deepEqual([...run.byKind], [2, 0, 1]); // the shop was hit first
  assert.equal(run.grouped, false);
});

test("an organisation is in one state, and has its colour", () => {
  const run = crisis();
  assert.deepEqual(sharesOf(run, 0, 2, 1), [0, 0, 0, 1]);
  assert.deepEqual(sharesOf(run, 0, 0, 1), [0, 1, 0, 0]);
  for (const [status, look] of [0, PARTS, PARTS * STEP, PARTS * STEP * STEP].entries()) {
    assert.deepEqual(mixOf(look), COLOURS[status]);
    assert.equal(mostlyFailed(look), status === 3);
  }
});

test("a group has the mix of its colours, and counts as failed from one half", () => {
  const run = grouped();
  const shares = sharesOf(run, 0, 0, 1);
  [0.4, 0.2, 0, 0.4].forEach((share, k) => assert.ok(Math.abs(shares[k] - share) < 1e-12));
  const half = (PARTS / 2) * STEP * STEP;
  assert.deepEqual(mixOf(half), COLOURS[0].map((one, c) => (one + COLOURS[3][c]) / 2));
  assert.equal(mostlyFailed(half), true);
  assert.equal(mostlyFailed(half - STEP * STEP), false);
});

test("what Python packed is read", options, () => {
  const run = unpacked(new DataView(Uint8Array.from(bytesOf("packed.bin")).buffer));
  const expected = casesOf("packed");
  for (const [name, values] of Object.entries(expected.arrays)) assert.deepEqual([...run[name]], values);
  assert.equal(run.problem, expected.problem);
});
