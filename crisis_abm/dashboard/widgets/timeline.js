// Events of a scenario on a line of time.
import { make } from "./elements.js";
import { dayOf, makeRow } from "./timeline_row.js";

const AT_FIRST = 30; // rows, when there are many
const MARKS = 4; // parts of the line of time that have a date
const HINT = "Drag a bar to move an event, its ends to stretch it; click it for all it says. " +
  "By keyboard: arrow keys on an end, with Shift to move the whole.";

function render({ model, el }) {
  const hint = make("p", { className: "ca-note" }, HINT);
  const axis = make("div", { className: "ca-event-axis" });
  axis.setAttribute("aria-hidden", "true");
  const list = make("ol", { className: "ca-events" });
  const more = make("button", { className: "ca-button" });
  more.type = "button";
  el.append(hint, axis, list, more);
  const rows = [];
  let all = false;
  let lost = -1; // the row from which an event was taken away

  const hooks = {
    ask(wanted) {
      if (wanted.what === "remove") {
        lost = model.get("events").findIndex((event) => event.number === wanted.number);
      }
      model.send(wanted);
    },
    open(event) {
      const push = window.solara?.router?.push;
      if (push) push(event.link);
      return Boolean(push);
    },
  };

  function marks(run) {
    const made = [];
    for (let k = 0; k <= MARKS; k++) {
      const tick = Math.round((k * (run.steps - 1)) / MARKS);
      const mark = make("span", {}, dayOf(run, tick));
      mark.style.left = `${(100 * tick) / run.steps}%`;
      made.push(mark);
    }
    axis.replaceChildren(...(run.steps > MARKS ? made : made.slice(0, 1)));
  }
  function show(anyway) {
    const read = (name) => model.get(name);
    const run = { steps: read("steps"), length: read("length"), unit: read("unit"),
      first: read("first"), removable: read("removable") };
    const events = read("events");
    const shown = all ? events : events.slice(0, AT_FIRST);
    while (rows.length > shown.length) {
      const row = rows.pop();
      row.end();
      row.item.remove();
    }
    shown.forEach((event, k) => {
      if (!rows[k]) {
        rows[k] = makeRow(hooks);
        list.append(rows[k].item);
      }
      rows[k].use(run, event, anyway === true);
    });
    marks(run);
    hint.hidden = axis.hidden = !events.some((event) => event.start !== null);
    more.hidden = shown.length === events.length;
    more.textContent = `Show all ${events.length.toLocaleString("en-GB")} events`;
    if (lost >= 0 && rows.length) rows[Math.min(lost, rows.length - 1)].name.focus();
    lost = -1;
  }
  more.addEventListener("click", () => {
    all = true;
    show();
    rows[AT_FIRST].name.focus();
  });
  const refused = (message) => message?.what === "refused" && show(true);
  const change = () => show();
  const watched = ["events", "steps", "length", "unit", "first", "removable"];
  watched.forEach((name) => model.on(`change:${name}`, change));
  model.on("msg:custom", refused);
  show();
  return () => {
    watched.forEach((name) => model.off(`change:${name}`, change));
    model.off("msg:custom", refused);
    rows.forEach((row) => row.end());
  };
}

export default { render };
