// What the picture says in words: for the eye, for the ear, and for the table.
import { BOTH, STATUSES, sharesOf } from "./run_view_data.js";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
  "September", "October", "November", "December"];

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const whole = (number) => number.toLocaleString("en-GB");
export const figure = (number) =>
  (Math.abs(number) < 1e-7 ? 0 : number).toLocaleString("en-GB", { maximumSignificantDigits: 3, minimumSignificantDigits: 1 });
export const counted = (number, one, many) => `${whole(number)} ${number === 1 ? one : many || `${one}s`}`;

export function percent(share) {
  if (share > 0 && share < 0.01) return "under 1%";
  if (share > 0.99 && share < 1) return "over 99%";
  return `${Math.round(100 * share)}%`;
}

export function dateOf(run, day) {
  if (!run.start) return null;
  const date = new Date(`${run.start}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + day * run.length);
  return date;
}

export function dateWords(date, short) {
  const month = MONTHS[date.getUTCMonth()];
  if (short) return `${date.getUTCDate()} ${month.slice(0, 3)}`;
  return `${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`;
}

export function dayWords(run, day, between) {
  const date = dateOf(run, day);
  return `${run.unit} ${day}${date ? between + dateWords(date) : ""}`;
}

// "12 strained, 3 failing, 5 failed"
export function countWords(counts) {
  const told = [1, 2, 3].filter((k) => counts[k]).map((k) => `${whole(counts[k])} ${STATUSES[k]}`);
  return told.length ? told.join(", ") : "all working";
}

export const totalsOn = (run, policy, day) => run.totals[policy].subarray(4 * day, 4 * day + 4);

export function sayDay(run, day) {
  const each = BOTH.map((p) => `${run.policies[p]}: ${countWords(totalsOn(run, p, day))}`);
  return `${capital(dayWords(run, day, ", "))}: ${each.join("; ")}.`;
}

// The finding of this crisis, in a line.
export function headline(run) {
  const all = counted(run.organisations, "organisation");
  const [first, second] = run.policies;
  const worst = [2, 1, 0].find((k) => run.ever[0][k] || run.ever[1][k]);
  if (worst === undefined) return `All ${all} work throughout this crisis`;
  const verb = ["are strained", "fall below half of their service", "fail"][worst];
  const [a, b] = BOTH.map((policy) => whole(run.ever[policy][worst]));
  const none = worst < 2 ? "; none fails" : "";
  return `${a} of ${all} ${verb} ${first}, ${b} ${second}${none}`;
}

function everWords(run, policy) {
  const [strained, failing, failed] = run.ever[policy].map(whole);
  return `${strained} were strained at some time, ${failing} fell below half, ${failed} failed`;
}

export function heatLabel(run, policy) {
  const rows = run.grouped ? counted(run.rows, "group") : counted(run.rows, "organisation");
  return `Heat map, ${run.policies[policy]}: ${rows} by ${counted(run.steps, run.unit)}. Of ` +
    `${counted(run.organisations, "organisation")} ${everWords(run, policy)}.`;
}

export function networkLabel(run, policy, day) {
  return `Network, ${run.policies[policy]}, ${dayWords(run, day, ", ")}: of ` +
    `${counted(run.organisations, "organisation")}, ${countWords(totalsOn(run, policy, day))}.`;
}

// Who a row is: the name, and whatever of kind and area the name does not say.
export function nameOf(run, row) {
  const name = run.names[row];
  if (run.grouped) return `${capital(name)} (${counted(run.size[row], "organisation")})`;
  const said = name.replaceAll("_", " ").toLowerCase();
  const missing = [run.kinds[run.kind[row]], run.areas[run.area[row]]];
  const told = missing.filter((word) => word && !said.includes(word.toLowerCase()));
  return told.length ? `${name} (${told.join(", ")})` : name;
}

// How a row stands on a day, and since when.
export function stateWords(run, policy, row, day) {
  const shares = sharesOf(run, policy, row, day);
  if (run.grouped && Math.max(...shares) < 1) {
    return [3, 2, 1].filter((k) => shares[k] > 0)
      .map((k) => `${percent(shares[k])} ${STATUSES[k]}`).join(", ");
  }
  const status = shares.indexOf(1);
  const which = run.grouped ? `all ${STATUSES[status]}` : STATUSES[status];
  let since = day;
  const looks = run.looks[policy];
  const look = looks[day * run.rows + row];
  while (since > 0 && looks[(since - 1) * run.rows + row] === look) since--;
  return status && since ? `${which} since ${run.unit} ${since}` : which;
}

export function rowWords(run, row, day) {
  const each = BOTH.map((p) => `${run.policies[p]}: ${stateWords(run, p, row, day)}`);
  return `${nameOf(run, row)}. ${capital(each.join("; "))}.`;
}

export function supplierWords(run, row, day) {
  const suppliers = run.suppliers[row];
  if (!suppliers.length) return "It has no supplier.";
  const [a, b] = BOTH.map((policy) =>
    whole(suppliers.filter((one) => run.looks[policy][day * run.rows + one] > 0).length));
  const some = run.links_left_out ? "At least " : "";
  const who = counted(suppliers.length, run.grouped ? "group supplies it" : "supplier",
    run.grouped ? "groups supply it" : "suppliers");
  const [first, second] = run.policies;
  return `${some}${who} (dark lines), of which ${a} fall short ${first}, ${b} ${second}.`;
}
