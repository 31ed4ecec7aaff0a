import assert from "node:assert/strict";
import test from "node:test";

import { fitting } from "../../crisis_abm/dashboard/widgets/elements.js";
import { csvOf, quoted } from "../../crisis_abm/dashboard/widgets/run_view_table.js";
import { keepPlace } from "../../crisis_abm/dashboard/widgets/run_view_place.js";
import { valueWords } from "../../crisis_abm/dashboard/widgets/slider.js";
import { offers } from "../../crisis_abm/dashboard/widgets/textbox.js";
import { casesOf, options } from "./from_python.mjs";
import { crisis, grouped, pen } from "./run.mjs";

test("the ends of a slider may have names", () => {
  assert.equal(valueWords(0, 0, 1, ["siloed", ""]), "siloed");
  assert.equal(valueWords(1, 0, 1, ["siloed", ""]), "1");
  assert.equal(valueWords(0.1 + 0.2, 0, 1, ["", ""]), "0.3");
});

test("names are offered for the last of several, without those that are there", () => {
  const names = ["ward", "shop", "bank"];
  assert.deepEqual(offers(names, "sh", false), names);
  assert.deepEqual(offers(names, "ward, s", true), ["ward, shop", "ward, bank"]);
  assert.deepEqual(offers(names, "a, b", false), names);
});

test("words are cut to the room there is, or left out", () => {
  assert.equal(fitting(pen, "north hospital", 98), "north hospital");
  assert.equal(fitting(pen, "north hospital", 56), "north h…");
  assert.equal(fitting(pen, "north hospital", 49), "north…"); // no blank before the dots
  assert.equal(fitting(pen, "north hospital", 14), "");
});

test("every day and organisation is in the file, and no cell is computed", () => {
  const [head, first, ...rest] = csvOf(crisis()).trimEnd().split("\n");
  assert.equal(head, "policy,day,date,organisation,state");
  assert.equal(first, "siloed,0,2020-02-28,a,working");
  assert.equal(rest.length + 1, 2 * 4 * 3);
  assert.ok(rest.includes("siloed,1,2020-02-29,shop,failed"));
  const groups = csvOf(grouped()).trimEnd().split("\n");
  assert.equal(groups[0], "policy,day,date,group,share working,share strained,share failing,share failed");
  assert.ok(groups.includes("siloed,1,2020-02-29,wards in north,0.400,0.200,0.000,0.400"));
});

test("a file with other letters than ASCII has the mark of UTF-8", () => {
  assert.ok(csvOf(crisis({ ids: ["ä", "b", "c"] })).startsWith("\ufeffpolicy"));
  assert.ok(csvOf(crisis()).startsWith("policy"));
});

test("cells are written as Python writes them", options, () => {
  for (const [text, written] of casesOf("cells")) assert.equal(quoted(text), written);
});

// --- where one is ----------------------------------------------------------------------------------

const REST = 300;

function pageAt(t, place) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let time = 0;
  t.mock.method(performance, "now", () => time);
  const replaced = [];
  globalThis.window = { solara: { rootPath: "/root" } };
  globalThis.history = { state: null, replaceState: (state, title, to) => replaced.push(to) };
  t.after(() => ["window", "history"].forEach((name) => delete globalThis[name]));
  const told = { here: "/?a=b&day=987654321&chosen=%00", known: { day: 0, chosen: "" } };
  const heard = {};
  const model = {
    sent: [],
    get: (name) => told[name],
    set: (name, value) => (told[name] = value),
    save_changes: () => model.sent.push(told.at),
    on: (name, act) => (heard[name] = act),
    off: (name) => delete heard[name],
  };
  const moves = [];
  const keeper = keepPlace(model, () => place.at, (known) => moves.push(known));
  const wait = (by) => {
    time += by;
    t.mock.timers.tick(by);
  };
  const answer = (known) => {
    told.known = known;
    heard["change:known"]();
  };
  return { keeper, model, moves, replaced, wait, answer, heard };
}

test("the address follows after a rest, and Python is told once", (t) => {
  const place = { at: { day: 3, chosen: "ward 1" } };
  const page = pageAt(t, place);
  page.keeper.rest();
  page.wait(REST - 1);
  page.keeper.rest(); // moved again: the rest begins anew
  page.wait(REST - 1);
  assert.deepEqual(page.replaced, []);
  page.wait(1);
  assert.deepEqual(page.replaced, ["/root/?a=b&day=3&chosen=ward+1"]);
  assert.deepEqual(page.model.sent, [place.at]);
});

test("the echo of what was told moves nothing; another place does", (t) => {
  const page = pageAt(t, { at: { day: 3, chosen: "" } });
  page.keeper.rest();
  page.wait(REST);
  page.answer({ day: 3, chosen: "" });
  assert.deepEqual(page.moves, []);
  page.answer({ day: 7, chosen: "" });
  assert.deepEqual(page.moves, [{ day: 7, chosen: "" }]);
});

test("nothing is told while one moves or an answer is awaited, and is told once that takes too long", (t) => {
  const place = { at: null };
  const page = pageAt(t, place);
  page.keeper.rest();
  page.wait(3 * REST);
  assert.deepEqual(page.model.sent, []);
  place.at = { day: 1, chosen: "" };
  page.wait(REST);
  place.at = { day: 2, chosen: "" };
  page.keeper.rest();
  page.wait(REST);
  assert.equal(page.model.sent.length, 1);
  page.wait(3000);
  page.wait(REST);
  assert.deepEqual(page.model.sent.at(-1), { day: 2, chosen: "" });
});

test("a page that ends listens no more and tells no more", (t) => {
  const page = pageAt(t, { at: { day: 3, chosen: "" } });
  page.keeper.rest();
  page.keeper.end();
  page.wait(3 * REST);
  assert.deepEqual(page.model.sent, []);
  assert.deepEqual(Object.keys(page.heard), []);
});
