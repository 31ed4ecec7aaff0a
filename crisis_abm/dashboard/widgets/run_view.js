// One crisis under two policies: two heat maps and two networks under one scrubber.
import { addressWith, followHere, withRoot } from "./address.js";
import { make } from "./elements.js";
import { BOTH, unpacked } from "./run_view_data.js";
import { makeHeat } from "./run_view_heat.js";
import { makeNetwork } from "./run_view_network.js";
import { keepPlace } from "./run_view_place.js";
import { makeScrubber } from "./run_view_scrubber.js";
import { kindLegend, statusLegend } from "./run_view_shapes.js";
import { makeTable } from "./run_view_table.js";
import {
  countWords, figure, headline, rowWords, sayDay, supplierWords, totalsOn, whole,
} from "./run_view_words.js";
import { wordsOrTerm } from "./term.js";

const SPEAK = 1000; // milliseconds between two things said
const HINT = "Point at a row or a shape to see who it is. Click to see who supplies it.";
const HOW = "One row an organisation, one column a day: darker is worse.";
const HOW_GROUPS = "One row a kind in an area, one column a day, in the mix of its organisations' colours.";

// Policies that the words at the foot of the page explain.
const EXPLAINED = ["siloed", "reciprocal", "together"];

// `■ siloed` in vermilion, `● together` in blue, and what is said of it.
function policyHeading(policy, explained) {
  const mark = make("span", { textContent: policy ? "●" : "■", className: `ca-run-mark-${policy}` });
  mark.setAttribute("aria-hidden", "true");
  const name = make("span");
  const said = make("span", { className: "ca-run-said" });
  const heading = make("h3", {}, mark, " ", name);
  const holder = make("div", { className: "ca-run-heading" }, heading, said);
  const show = (who, words) => {
    const id = explained && EXPLAINED.includes(who) ? `ca-word-${who}` : "";
    if (name.textContent !== who) name.replaceChildren(wordsOrTerm(who, id));
    said.textContent = words;
  };
  return { holder, show };
}

function render({ model, el }) {
  let run = null;
  let order = null;
  let day = 0;
  let row = null; // that is pointed at
  let chosen = null;
  let frame = 0;
  let byKeyboard = false;

  const title = make("h2");
  const how = make("p", { className: "ca-note ca-run-how" });
  const message = make("p", { className: "ca-note ca-run-message" });
  message.setAttribute("role", "status");
  const problem = make("p", { className: "ca-problem", hidden: true });
  const rows = make("select", {},
    make("option", { value: "kinds", textContent: "kind by kind, first to fail on top" }),
    make("option", { value: "order", textContent: "first to fail on top" }));
  const rowsLabel = make("label", { className: "ca-run-rows" }, "Rows ", rows);
  const states = make("div", { className: "ca-run-legends" });
  const kinds = make("div", { className: "ca-run-legends" });
  const readout = make("span", { textContent: HINT });
  const why = make("a", { hidden: true });
  const who = make("p", { className: "ca-run-readout" }, readout, " ", why);
  const live = make("p", { className: "ca-run-hidden" });
  live.setAttribute("aria-live", "polite");

  const place = keepPlace(
    model,
    () => (run && !scrubber.playing() ? { day, chosen: chosen === null ? "" : run.ids[chosen] } : null),
    (known) => settle(known),
  );
  const scrubber = makeScrubber({ go });
  const table = makeTable();
  const hooks = (about, key) => ({ over, choose, key, about });
  const heats = BOTH.map((policy) => makeHeat(policy, hooks(
    "heat map. Up and down: another row; left and right: another day; Enter: choose.", heatKey)));
  const networks = BOTH.map((policy) => makeNetwork(policy, hooks(
    "network. Arrow keys: another organisation; Enter: choose.",
    (key) => networkKey(key, networks[policy]))));
  const overRun = BOTH.map((policy) => policyHeading(policy, true));
  const onDay = BOTH.map((policy) => policyHeading(policy, false));
  const pair = (charts, headings, look) => make("div", { className: `ca-run-pair ${look}` },
    ...BOTH.map((k) => make("div", {}, headings[k].holder, charts[k].holder)));
  const body = make("div", { className: "ca-run-body" },
    make("div", { className: "ca-run-top" }, states, rowsLabel),
    pair(heats, overRun, "ca-run-heats"), who, pair(networks, onDay, "ca-run-networks"), kinds,
    scrubber.holder, table.holder);
  el.classList.add("ca-run");
  el.append(title, make("div", { className: "ca-run-about" }, how, message), problem, body, live);

  function go(to) {
    if (!run) return;
    day = Math.min(Math.max(Math.round(to), 0), run.steps - 1);
    place.rest();
    ask();
  }
  function over(there) {
    if (!run) return;
    byKeyboard = false;
    row = there ? there.row : null;
    if (there && there.day !== null && !scrubber.playing()) go(there.day);
    ask();
  }
  function choose(there) {
    if (!run || !there) return;
    chosen = there.row === chosen ? null : there.row;
    place.rest();
    ask();
  }
  function pointBy(key, to) {
    if (key === "Enter" || key === " ") choose({ row: row ?? chosen });
    else if (key === "Escape") chosen = null;
    else if (to === undefined) return false;
    else row = to;
    byKeyboard = true;
    place.rest();
    ask();
    return true;
  }
  function heatKey(key) {
    if (!run) return false;
    const days = { ArrowLeft: day - 1, ArrowRight: day + 1, Home: 0, End: run.steps - 1 };
    const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 };
    if (key in days) {
      scrubber.stop();
      go(days[key]);
      return true;
    }
    const at = row ?? chosen;
    const from = at === null ? -1 : order.indexOf(at);
    const to = Math.min(Math.max(from + steps[key], 0), order.length - 1);
    return pointBy(key, key in steps ? order[to] : undefined);
  }
  function networkKey(key, network) {
    if (!run) return false;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const at = row ?? chosen;
    const to = key in ways && at === null ? order[0] : undefined;
    return pointBy(key, key in ways && at !== null ? network.beside(at, ...ways[key]) : to);
  }

  // Drawing: at most once a frame.
  function ask() {
    if (!frame) frame = requestAnimationFrame(draw);
  }
  function draw() {
    frame = 0;
    if (!run || !heats[0].run) return;
    scrubber.show(day);
    heats.forEach((heat) => heat.show(day, row, chosen));
    networks.forEach((network) => network.show(day, row, chosen));
    BOTH.forEach((p) => onDay[p].show(run.policies[p],
      `${countWords(totalsOn(run, p, day))}; ${figure(run.harm[p][day])} ${run.harm_unit} so far`));
    tellWho();
    speak();
  }
  function tellWho() {
    const one = row ?? chosen;
    const words = one === null ? HINT : rowWords(run, one, day);
    readout.textContent = one !== null && one === chosen ? `${words} ${supplierWords(run, one, day)}` : words;
    const short = chosen !== null && model.get("why") && run.explained && BOTH.some((p) => everShort(run, p, chosen));
    why.hidden = !short;
    if (!short) return;
    const name = run.grouped ? run.examples[chosen] : run.names[chosen];
    why.textContent = `Why did ${name} fall short?`;
    why.href = withRoot(addressWith(model.get("why"), { day, chosen: run.ids[chosen] }));
  }
  why.addEventListener("click", (event) =>
    followHere(event, addressWith(model.get("why"), { day, chosen: run.ids[chosen] }), place.leave));

  // What is said aloud, and what the pictures are called: once a second at most.
  let speaking = 0;
  function speak() {
    if (!speaking) speaking = setTimeout(say, SPEAK);
  }
  function say() {
    speaking = 0;
    if (!run) return;
    const words = byKeyboard && row !== null ? rowWords(run, row, day) : sayDay(run, day);
    if (live.textContent !== words) live.textContent = words;
    networks.forEach((network) => network.run && network.label(day));
    table.show(run, day);
  }

  // What is shown at all.
  function layOut() {
    if (!run || !el.clientWidth) return;
    heats.forEach((heat) => heat.draw(run, order));
    networks.forEach((network) => network.draw(run));
    draw();
  }
  function arrange() {
    order = rows.value === "kinds" ? run.byKind : run.order;
    layOut();
  }
  function settle(known) {
    if (!run) return;
    day = Math.min(Math.max(known.day, 0), run.steps - 1);
    const found = known.chosen ? run.ids.indexOf(known.chosen) : -1;
    chosen = found < 0 ? null : found;
    ask();
  }
  function load() {
    const data = model.get("data");
    const read = data && data.byteLength ? unpacked(data) : null;
    const told = model.get("problem") || read?.problem || "";
    problem.textContent = told;
    problem.hidden = !told;
    body.hidden = Boolean(told);
    const before = run && { day, chosen: chosen === null ? "" : run.ids[chosen] };
    run = read && !told ? read : null;
    el.classList.toggle("ca-run-empty", !run);
    scrubber.use(run);
    title.textContent = run ? headline(run) : model.get("title");
    how.textContent = run && run.grouped ? HOW_GROUPS : HOW;
    if (!run) return;
    states.replaceChildren(statusLegend());
    kinds.replaceChildren(kindLegend(run));
    BOTH.forEach((p) => overRun[p].show(run.policies[p],
      `${whole(run.ever[p][2])} failed at some time; ` +
      `${figure(run.harm[p][run.steps - 1])} ${run.harm_unit} in all`));
    row = null;
    settle(before || model.get("known"));
    arrange();
    say();
  }
  function wait() {
    const words = model.get("waiting");
    message.textContent = words;
    el.classList.toggle("ca-run-waiting", Boolean(words));
  }

  rows.addEventListener("change", () => run && arrange());
  const watcher = new ResizeObserver(() => requestAnimationFrame(layOut));
  watcher.observe(el);
  const changes = { "change:data": load, "change:problem": load, "change:title": load,
    "change:waiting": wait, "change:why": ask };
  for (const [name, change] of Object.entries(changes)) model.on(name, change);
  wait();
  load();
  return () => {
    for (const [name, change] of Object.entries(changes)) model.off(name, change);
    watcher.disconnect();
    scrubber.stop();
    place.end();
    clearTimeout(speaking);
    cancelAnimationFrame(frame);
  };
}

function everShort(run, policy, row) {
  for (let at = row; at < run.looks[policy].length; at += run.rows) {
    if (run.looks[policy][at]) return true;
  }
  return false;
}

export default { render };
