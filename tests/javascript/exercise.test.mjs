import assert from "node:assert/strict";
import test from "node:test";

import { carryOver, fillIn, isTouched, leftText, stays, takeIn, typedIn } from "../../crisis_abm/exercise/server/exercise.js";

test("time is told in minutes and seconds, and never below nothing", () => {
  assert.equal(leftText(600), "10:00 left");
  assert.equal(leftText(69), "1:09 left");
  assert.equal(leftText(5), "0:05 left");
  assert.equal(leftText(0), "time is up");
  assert.equal(leftText(-90), "time is up");
});

// --- stand-ins for what a browser has, as far as the script asks of it ---------------------------------

const field = (name, value, more = {}) => ({ name, value, type: "text", defaultValue: value, ...more });
const hidden = (name, value) => field(name, value, { type: "hidden" });
const box = (name, value, checked, defaultChecked = checked) =>
  field(name, value, { type: "checkbox", checked, defaultChecked });

function choice(name, options, chosen, drawn = null) {
  const made = options.map((value, row) => ({ value, selected: row === chosen, defaultSelected: row === drawn }));
  return {
    name, type: "select-one", options: made, value: options[chosen],
    querySelector: (what) => (what === "option[selected]" && drawn !== null ? made[drawn] : null),
  };
}

function form(...fields) {
  const elements = [...fields];
  for (const one of fields) elements[one.name] ??= one;
  return { elements };
}

class Sent { // what a browser sends of a form
  constructor({ elements }) { this.fields = elements; }
  * [Symbol.iterator]() {
    for (const one of this.fields) if (one.type !== "checkbox" || one.checked) yield [one.name, one.value];
  }
}

function globals(t, more) {
  for (const [name, value] of Object.entries(more)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]);
  }
}

// --- what was typed, kept and put back ------------------------------------------------------------------

test("what a person typed is kept, and not what the server put there", (t) => {
  globals(t, { FormData: Sent });
  const filled = form(hidden("key", "k1"), field("reason", "why"), box("calls", "depot", true), box("calls", "homes", false));
  assert.deepEqual(typedIn(filled), [["reason", "why"], ["calls", "depot"]]);
});

test("what was kept comes back into a form that was drawn anew, of another key", (t) => {
  globals(t, { FormData: Sent });
  const before = form(hidden("key", "old"), field("reason", "why"), box("calls", "depot", false, true), box("calls", "homes", true));
  const kept = JSON.parse(JSON.stringify(typedIn(before)));
  const fresh = form(hidden("key", "new"), field("reason", ""), field("say", "as it is"), box("calls", "depot", true), box("calls", "homes", false));
  fillIn(fresh, kept);
  const [key, reason, say, depot, homes] = fresh.elements;
  assert.equal(key.value, "new");
  assert.equal(reason.value, "why");
  assert.equal(say.value, "as it is"); // nothing was kept of it
  assert.equal(depot.checked, false); // it had been taken away
  assert.equal(homes.checked, true);
});

test("an empty text was typed, too", () => {
  const fresh = form(field("say", "a word"));
  fillIn(fresh, [["say", ""]]);
  assert.equal(fresh.elements[0].value, "");
});

test("a field is touched when it is otherwise than it was drawn", () => {
  assert.equal(isTouched(field("reason", "a")), false);
  assert.equal(isTouched(field("reason", "a", { defaultValue: "" })), true);
  assert.equal(isTouched(field("key", "a", { type: "hidden", defaultValue: "b" })), false);
  assert.equal(isTouched(box("calls", "depot", true)), false);
  assert.equal(isTouched(box("calls", "depot", false, true)), true);
});

test("a list is touched when another of it is chosen than was; the first if none was", () => {
  assert.equal(isTouched(choice("how", ["", "need"], 0)), false);
  assert.equal(isTouched(choice("how", ["", "need"], 1)), true);
  assert.equal(isTouched(choice("how", ["", "need"], 1, 1)), false);
  assert.equal(isTouched(choice("how", ["", "need"], 0, 1)), true);
});

// --- parts of a page that are taken anew ----------------------------------------------------------------

function part(id, html, { fields = [], keep, open = [], focused = null } = {}) {
  const details = open.map((name) => ({ id: name, open: true }));
  return {
    id, tagName: "SECTION", outerHTML: html, childNodes: [html], dataset: keep === undefined ? {} : { keep: String(keep) }, details, became: null,
    contains: (one) => one !== undefined && (fields.includes(one) || one === focused),
    querySelectorAll(what) {
      if (what === "input[type=file]") return fields.filter((one) => one.type === "file");
      if (what === "form") return [];
      if (what.startsWith("a[href]")) return focused ? [focused] : [];
      return what === "details[open][id]" ? details.filter((one) => one.open) : details;
    },
    hasAttribute: (name) => name === "aria-live" && id === "said",
    replaceChildren(...nodes) { this.became = nodes; },
    replaceWith(fresh) { this.became = fresh; },
  };
}

function page(t, old, fresh, active) {
  const shown = { activeElement: active };
  shown.querySelectorAll = () => old;
  shown.getElementById = (id) => old.find((one) => one.id === id) ?? null;
  shown.importNode = (node) => node;
  class DOMParser { parseFromString() { return { querySelectorAll: () => fresh }; } }
  globals(t, { document: shown, DOMParser });
  return shown;
}

test("a form of the same turn stays as it is; of another turn it is drawn anew, whatever stands in it", (t) => {
  const typing = field("reason", "half a sen", { tagName: "TEXTAREA", defaultValue: "" });
  page(t, [], [], typing);
  const old = part("decision", "<a>", { keep: 2, fields: [typing] });
  assert.equal(stays(old, part("decision", "<b>", { keep: 2 })), true);
  assert.equal(stays(old, part("decision", "<b>", { keep: 3 })), false);
});

test("a part without a turn stays while somebody is in a field of it, or has chosen a file", (t) => {
  const empty = field("text", "", { tagName: "INPUT" });
  const shown = page(t, [], [], empty);
  const notes = part("notes", "<a>", { fields: [empty] });
  assert.equal(stays(notes, notes), true); // the cursor is in it
  shown.activeElement = { tagName: "BODY" };
  assert.equal(stays(notes, notes), false);
  empty.value = "seen at ten"; // is carried over
  assert.equal(stays(notes, notes), false);
  const table = part("table", "<t>", { fields: [field("file", "a.csv", { type: "file", defaultValue: "" })] });
  assert.equal(stays(table, table), true); // no script may choose it again
});

test("what was typed or chosen is carried over, and nothing else", () => {
  const old = form(hidden("number", "7"), field("text", "half", { defaultValue: "" }), field("date", "12"), box("to", "all", false, true), box("to", "home", true, false));
  const fresh = form(hidden("number", "8"), field("text", ""), field("date", "13"), box("to", "all", true), box("to", "home", false));
  carryOver(old, fresh);
  assert.deepEqual(fresh.elements.map((one) => one.checked ?? one.value), ["8", "half", "13", false, true]);
});

test("a button in focus does not hold a part back", (t) => {
  const send = { tagName: "BUTTON", id: "send" };
  page(t, [], [], send);
  assert.equal(stays(part("injects", "<a>", { focused: send }), part("injects", "<b>")), false);
});

test("what changed is taken, what did not is left alone, and what is typed in stays", (t) => {
  const typed = field("text", "a note", { tagName: "TEXTAREA", defaultValue: "" });
  const old = [part("time", "<1>"), part("news", "<same>"), part("notes", "<n>", { fields: [typed] })];
  const fresh = [part("time", "<2>"), part("news", "<same>"), part("notes", "<m>")];
  page(t, old, fresh, typed);
  assert.deepEqual(takeIn("", null), { same: true, behind: true });
  assert.deepEqual(old.map((one) => one.became), [fresh[0], null, null]);
});

test("a form of the same turn keeps nothing behind: only its key is another one", (t) => {
  const old = [part("decision", "<a>", { keep: 1 })], fresh = [part("decision", "<b>", { keep: 1 })];
  page(t, old, fresh, { tagName: "BODY" });
  assert.deepEqual(takeIn("", null), { same: true, behind: false });
});

test("the part that sent something is taken though it was typed in", (t) => {
  const typed = field("text", "a note", { tagName: "TEXTAREA", defaultValue: "" });
  const old = [part("notes", "<n>", { fields: [typed] })], fresh = [part("notes", "<m>")];
  page(t, old, fresh, { tagName: "BODY" });
  takeIn("", "notes");
  assert.equal(old[0].became, fresh[0]);
});

test("what was said stays until something is sent, and the part that is read out stays itself", (t) => {
  const old = [part("said", "<Confirmed>")], fresh = [part("said", "<Stored>")];
  page(t, old, fresh, { tagName: "BODY" });
  takeIn("", null);
  assert.equal(old[0].became, null);
  takeIn("", "decision");
  assert.deepEqual(old[0].became, ["<Stored>"]);
});

function button(text, id = "") {
  return { tagName: "BUTTON", id, textContent: text, closest: () => null, getAttribute: () => null, focus() { this.isFocused = true; } };
}

test("what was opened stays open, and the cursor on what it was on, or what is there now", (t) => {
  for (const now of ["Send now", "Hold"]) {
    const before = button("Send now"), after = button(now);
    const old = [part("injects", "<a>", { open: ["inject-3"], focused: before })];
    const fresh = [part("injects", "<b>", { open: ["inject-3", "inject-4"], focused: after })];
    for (const one of fresh[0].details) one.open = false;
    page(t, old, fresh, before);
    takeIn("", null);
    assert.deepEqual(fresh[0].details.map((one) => one.open), [true, false]);
    assert.equal(after.isFocused, true);
  }
});

test("a page of other parts has to be loaded whole", (t) => {
  page(t, [part("time", "<1>"), part("decision", "<f>")], [part("time", "<1>")], { tagName: "BODY" });
  assert.equal(takeIn("", null).same, false); // the form is gone: the turns are over
  page(t, [part("time", "<1>")], [part("time", "<1>"), part("after", "<a>")], { tagName: "BODY" });
  assert.equal(takeIn("", null).same, false);
});
