// The numbers behind the pictures: kinds by status on the day that is shown, and a file of all.
import { make, saveFile } from "./elements.js";
import { BOTH, STATUSES, sharesOf } from "./run_view_data.js";
import { dateOf, dayWords, totalsOn, whole } from "./run_view_words.js";

export function makeTable() {
  const table = make("table");
  const frame = make("div", { className: "ca-table", tabIndex: 0 }, table);
  frame.setAttribute("role", "region");
  const save = make("button", { type: "button", className: "ca-button ca-button-quiet" });
  save.textContent = "Save all days as CSV";
  const holder = make("details", { className: "ca-run-table" },
    make("summary", { textContent: "Numbers on this day" }), frame, save);
  let run = null;
  let day = 0;
  const fill = () => {
    if (run && holder.open) table.replaceChildren(...tableParts(run, day));
    if (run) frame.setAttribute("aria-label", `Organisations by kind, ${dayWords(run, day, ", ")}`);
  };
  holder.addEventListener("toggle", fill);
  save.addEventListener("click", () => {
    if (run) saveFile(csvOf(run), "text/csv", "day_by_day.csv");
  });
  return {
    holder,
    show(known, now) {
      [run, day] = [known, now];
      fill();
    },
  };
}

function headCell(words, scope, look = "") {
  const cell = make("th", { textContent: words, className: look });
  cell.scope = scope;
  return cell;
}

function tableParts(run, day) {
  const caption = make("caption", {
    textContent: `Organisations by kind and state, ${dayWords(run, day, ", ")}`,
  });
  const head = make("tr", {}, headCell("kind", "col"));
  for (const policy of run.policies) {
    for (const status of STATUSES) head.append(headCell(`${policy}: ${status}`, "col", "ca-figure"));
  }
  const body = make("tbody");
  const line = (name, countsOf) => {
    const row = make("tr", {}, headCell(name, "row"));
    for (const policy of BOTH) {
      for (const count of countsOf(policy)) {
        row.append(make("td", { className: "ca-figure", textContent: whole(count) }));
      }
    }
    body.append(row);
  };
  const there = new Set(run.kind);
  run.kinds.forEach((name, kind) => {
    const at = 4 * (day * run.kinds.length + kind);
    if (there.has(kind)) line(name, (policy) => run[`counts_${policy}`].subarray(at, at + 4));
  });
  line("all", (policy) => totalsOn(run, policy, day));
  return [caption, make("thead", {}, head), body];
}

// A cell that a spreadsheet takes as text, whatever it begins with; as crisis_abm/spreadsheet.py.
const ERRORS = "N/A|(REF|DIV/0|VALUE|NUM|NULL|SPILL|CALC|FIELD|BUSY)!|NAME\\?|GETTING_DATA";
const COMPUTED = new RegExp(`^'*([=+\\-@\\t\\r\\n]|#(${ERRORS})$)`);

export function quoted(text) {
  const safe = COMPUTED.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(run) {
  const what = run.grouped ? "group" : "organisation";
  const head = ["policy", quoted(run.unit), ...(run.start ? ["date"] : []), what];
  const columns = run.grouped ? STATUSES.map((status) => `share ${status}`) : ["state"];
  const lines = [[...head, ...columns].join(",")];
  const names = run.grouped ? run.names.map(quoted) : run.ids.map(quoted);
  for (const policy of BOTH) {
    for (let day = 0; day < run.steps; day++) {
      const when = [quoted(run.policies[policy]), day];
      if (run.start) when.push(dateOf(run, day).toISOString().slice(0, 10));
      for (let row = 0; row < run.rows; row++) {
        const shares = sharesOf(run, policy, row, day);
        const told = run.grouped ? shares.map((share) => share.toFixed(3)) : [STATUSES[shares.indexOf(1)]];
        lines.push([...when, names[row], ...told].join(","));
      }
    }
  }
  const text = `${lines.join("\n")}\n`;
  return /[^\0-\x7f]/.test(text) ? `\ufeff${text}` : text; // Excel needs the mark
}
