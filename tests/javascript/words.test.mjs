import assert from "node:assert/strict";
import test from "node:test";

import {
  countWords, counted, dateOf, dateWords, dayWords, figure, headline, heatLabel, nameOf, networkLabel,
  percent, rowWords, sayDay, stateWords, supplierWords,
} from "../../crisis_abm/dashboard/widgets/run_view_words.js";
import { crisis, grouped } from "./run.mjs";

test("figures have three digits, and minus zero is none", () => {
  assert.equal(figure(1234.5), "1,230");
  assert.equal(figure(0.012345), "0.0123");
  assert.equal(figure(-1e-9), "0");
});

test("shares never say all or none where it is not so", () => {
  const told = [0, 0.001, 0.01, 0.504, 0.99, 0.999, 1].map(percent);
  assert.deepEqual(told, ["0%", "under 1%", "1%", "50%", "99%", "over 99%", "100%"]);
});

test("one and many", () => {
  assert.equal(counted(1, "day"), "1 day");
  assert.equal(counted(1200, "day"), "1,200 days");
  assert.equal(counted(0, "group supplies it", "groups supply it"), "0 groups supply it");
});

test("days are dates where there are dates, over the leap day and in weeks too", () => {
  const run = crisis();
  assert.equal(dayWords(run, 1, ", "), "day 1, 29 February 2020");
  assert.equal(dateWords(dateOf(run, 2), true), "1 Mar");
  assert.equal(dateWords(dateOf({ start: "2020-12-28", length: 7 }, 1)), "4 January 2021");
  assert.equal(dayWords(crisis({ start: null }), 1, ", "), "day 1");
});

test("a day in words counts who is in which state", () => {
  assert.equal(countWords([1, 1, 0, 1]), "1 strained, 1 failed");
  assert.equal(countWords([3, 0, 0, 0]), "all working");
  assert.equal(sayDay(crisis(), 1), "Day 1, 29 February 2020: siloed: 1 strained, 1 failed; reciprocal: 1 strained.");
});

test("the headline says the worst that came to anybody under either policy", () => {
  const of = (siloed, reciprocal) => headline(crisis({ ever: [siloed, reciprocal] }));
  assert.equal(of([2, 1, 1], [1, 0, 0]), "1 of 3 organisations fail siloed, 0 reciprocal");
  assert.equal(of([0, 0, 0], [3, 1, 0]),
    "0 of 3 organisations fall below half of their service siloed, 1 reciprocal; none fails");
  assert.equal(of([1, 0, 0], [0, 0, 0]), "1 of 3 organisations are strained siloed, 0 reciprocal; none fails");
  assert.equal(of([0, 0, 0], [0, 0, 0]), "All 3 organisations work throughout this crisis");
});

test("a name is told with what it does not say itself", () => {
  const run = crisis();
  assert.equal(nameOf(run, 0), "A (ward, north)");
  assert.equal(nameOf(run, 1), "North ward B");
  assert.equal(nameOf(grouped(), 0), "Wards in north (10 organisations)");
});

test("a state is told with since when it is so", () => {
  const run = crisis();
  assert.equal(stateWords(run, 0, 2, 3), "failed since day 1");
  assert.equal(stateWords(run, 0, 1, 3), "strained since day 3");
  assert.equal(stateWords(run, 0, 0, 0), "working");
  assert.equal(rowWords(run, 2, 1), '=Shop, "old" (south). Siloed: failed since day 1; reciprocal: strained since day 1.');
});

test("a group is told by its shares, and as a whole where it is of one mind", () => {
  const run = grouped();
  assert.equal(stateWords(run, 0, 0, 1), "40% failed, 20% strained");
  assert.equal(stateWords(run, 0, 1, 1), "all failed since day 1");
  assert.equal(stateWords(run, 1, 1, 1), "under 1% strained");
});

test("suppliers are counted, and those of them that fall short", () => {
  const run = crisis();
  assert.equal(supplierWords(run, 0, 2), "1 supplier (dark lines), of which 1 fall short siloed, 0 reciprocal.");
  assert.equal(supplierWords(run, 2, 2), "It has no supplier.");
  assert.match(supplierWords(crisis({ links_left_out: 5 }), 0, 2), /^At least 1 supplier /);
});

test("pictures have labels for who does not see them", () => {
  assert.equal(heatLabel(crisis(), 0), "Heat map, siloed: 3 organisations by 4 days. Of 3 organisations " +
    "2 were strained at some time, 1 fell below half, 1 failed.");
  assert.equal(networkLabel(crisis(), 1, 1),
    "Network, reciprocal, day 1, 29 February 2020: of 3 organisations, 1 strained.");
});
