// What Python packed (trajectories.py, trajectories.py): a header as JSON, then arrays; and what follows
// from it for drawing. T ticks, R rows, K kinds; arrays run tick by tick.
const ARRAYS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };
export const STATUSES = ["working", "strained", "failing", "failed"];
export const COLOURS = [[239, 239, 239], [201, 182, 223], [127, 79, 168], [34, 9, 47]];
export const PARTS = 16; // a look says how many sixteenths of a row are strained, failing and failed
export const STEP = PARTS + 1;
export const BOTH = [0, 1]; // the two policies

export function unpacked(view) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const length = view.getUint32(0, true);
  const run = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const own = bytes.slice(4 + length).buffer; // begins at 0, so that every array is aligned
  for (const [name, [kind, offset, count]] of Object.entries(run.arrays)) {
    run[name] = new ARRAYS[kind](own, offset, count);
  }
  if (run.problem) return run;
  run.grouped = run.level !== "organisations";
  run.looks = BOTH.map((policy) => (run.grouped ? looksOfShares : looksOfStatus)(run, policy));
  run.totals = BOTH.map((policy) => totalsOf(run, policy));
  run.harm = BOTH.map((policy) => soFar(run[`harm_${policy}`]));
  run.suppliers = suppliersOf(run);
  run.byKind = kindByKind(run);
  return run;
}

export function looksOfStatus(run, policy) {
  const whole = [0, PARTS, PARTS * STEP, PARTS * STEP * STEP];
  return Uint16Array.from(run[`status_${policy}`], (status) => whole[status]);
}

export function looksOfShares(run, policy) {
  const shares = run[`shares_${policy}`];
  const looks = new Uint16Array(shares.length / 3);
  const part = (k) => Math.round((shares[k] * PARTS) / 255);
  for (let k = 0; k < looks.length; k++) {
    looks[k] = part(3 * k) + STEP * (part(3 * k + 1) + STEP * part(3 * k + 2));
  }
  return looks;
}

// The colour of a row is the mix of its organisations' colours.
const mixes = new Map();
export function mixOf(look) {
  let mix = mixes.get(look);
  if (!mix) {
    const severe = [look % STEP, Math.floor(look / STEP) % STEP, Math.floor(look / STEP / STEP)];
    const parts = [Math.max(0, PARTS - severe[0] - severe[1] - severe[2]), ...severe];
    const sum = parts.reduce((a, b) => a + b);
    mix = [0, 1, 2].map((c) => parts.reduce((to, n, k) => to + (n * COLOURS[k][c]) / sum, 0));
    mixes.set(look, mix);
  }
  return mix;
}

export const mostlyFailed = (look) => look >= (PARTS / 2) * STEP * STEP;

// Organisations in each status: T × 4.
export function totalsOf(run, policy) {
  const counts = run[`counts_${policy}`];
  const kinds = run.kinds.length;
  const totals = new Uint32Array(4 * run.steps);
  for (let day = 0; day < run.steps; day++) {
    for (let k = 0; k < 4 * kinds; k++) totals[4 * day + (k % 4)] += counts[4 * kinds * day + k];
  }
  return totals;
}

function soFar(values) {
  let sum = 0;
  return Float64Array.from(values, (value) => (sum += value));
}

// For each row the rows that supply it.
export function suppliersOf(run) {
  const found = Array.from({ length: run.rows }, () => []);
  for (let k = 0; k < run.links.length; k += 2) found[run.links[k + 1]].push(run.links[k]);
  return found;
}

// Rows kind after kind, the kind that was hit first at the top, within it as in `order`.
export function kindByKind(run) {
  const kinds = new Map();
  for (const row of run.order) {
    if (!kinds.has(run.kind[row])) kinds.set(run.kind[row], []);
    kinds.get(run.kind[row]).push(row);
  }
  return Int32Array.from([...kinds.values()].flat());
}

// How many organisations of a row are in each status on a day: shares of one.
export function sharesOf(run, policy, row, day) {
  if (run.grouped) {
    const at = 3 * (day * run.rows + row);
    const severe = [0, 1, 2].map((k) => run[`shares_${policy}`][at + k] / 255);
    return [Math.max(0, 1 - severe[0] - severe[1] - severe[2]), ...severe];
  }
  const status = run[`status_${policy}`][day * run.rows + row];
  return STATUSES.map((_, k) => Number(k === status));
}
