// A crisis of four days as `packed` sends it, written out: two kinds in two areas.
import { unpacked } from "../../crisis_abm/dashboard/widgets/run_view_data.js";

const TYPES = { u1: Uint8Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };

export function packed(header, arrays) {
  const places = {};
  const parts = [];
  let offset = 0;
  for (const [name, [kind, values]] of Object.entries(arrays)) {
    const raw = new Uint8Array(TYPES[kind].from(values).buffer);
    places[name] = [kind, offset, values.length];
    const padded = new Uint8Array(Math.ceil(raw.length / 8) * 8);
    padded.set(raw);
    parts.push(padded);
    offset += padded.length;
  }
  const told = new TextEncoder().encode(JSON.stringify({ ...header, arrays: places }));
  const bytes = new Uint8Array(4 + told.length + offset);
  new DataView(bytes.buffer).setUint32(0, told.length, true);
  bytes.set(told, 4);
  let at = 4 + told.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new DataView(bytes.buffer);
}

// Three organisations: two wards in "north" and a shop in "south", which supplies both of them.
export const header = {
  level: "organisations",
  policies: ["siloed", "reciprocal"],
  steps: 4,
  rows: 3,
  unit: "day",
  start: "2020-02-28",
  length: 1,
  organisations: 3,
  kinds: ["ward", "shop"],
  areas: ["north", "south"],
  ids: ["a", "b", "shop"],
  names: ["A", "North ward B", "=Shop, \"old\""],
  ever: [[2, 1, 1], [1, 0, 0]],
  links_left_out: 0,
};

export const arrays = {
  kind: ["i4", [0, 0, 1]],
  area: ["i4", [0, 0, 1]],
  order: ["i4", [2, 0, 1]],
  size: ["u4", [1, 1, 1]],
  links: ["u4", [2, 0, 2, 1]],
  place: ["f4", [0, 0, 1, 0, 4, 2]],
  status_0: ["u1", [0, 0, 0, 1, 0, 3, 1, 0, 3, 1, 1, 3]],
  status_1: ["u1", [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
  counts_0: ["u4", [2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1]],
  counts_1: ["u4", [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]],
  harm_0: ["f4", [0, 1, 2, 4]],
  harm_1: ["f4", [0, 0.5, 0, 0]],
};

export const crisis = (changes = {}, others = {}) =>
  unpacked(packed({ ...header, ...changes }, { ...arrays, ...others }));

// Two groups of ten and of two: shares of 255 that are strained, failing and failed.
const shares = (rows) => ["u1", rows.flat()];
export const grouped = () =>
  crisis(
    { level: "groups", rows: 2, steps: 2, organisations: 12, names: ["wards in north", "shops in south"] },
    {
      kind: ["i4", [0, 1]],
      area: ["i4", [0, 1]],
      order: ["i4", [1, 0]],
      size: ["u4", [10, 2]],
      links: ["u4", [1, 0]],
      shares_0: shares([[0, 0, 0], [0, 0, 0], [51, 0, 102], [0, 0, 255]]),
      shares_1: shares([[0, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]]),
    },
  );

// A canvas context that measures seven pixels a letter.
export const pen = { measureText: (words) => ({ width: 7 * words.length }) };
