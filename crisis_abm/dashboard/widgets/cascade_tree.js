// The cascade of a crisis: roots on the left, then those who were hit, by day; lines are as wide as
// the harm that came their way. Every organisation is a link to why it was hit.
import { addressWith, followHere, withRoot } from "./address.js";
import { fitting, make } from "./elements.js";
import { COLOURS, PARTS, STEP } from "./run_view_data.js";
import { FONT, SHAPES, drawNode, entry, icon } from "./run_view_shapes.js";
import { counted, figure } from "./run_view_words.js";

const SORTS = {
  event: { colour: "#8a5a00", sign: "!", words: "event" },
  epidemic: { colour: "#00734f", sign: "+", words: "the epidemic" },
  everyday: { colour: "#5a5a5a", sign: "~", words: "everyday: absence, talks, late deliveries" },
  limit: { colour: "#9c3f78", sign: "–", words: "limit: too little room, staff or stock" },
};
const BETWEEN = "#767676"; // lines between organisations
const CHOSEN = "#111";
const ROOTS_WIDTH = 216;
const LEAST_WIDTH = 184; // of a column, so that a name can be read
const HEADING = 32;
const ROW_HEIGHT = 52;
const ROOT_HEIGHT = 64;
const RADIUS = 9;
const WIDEST = 16; // pixels: a line that all harm came by
const HINT = "Point at a sign or a line to read what happened there. Choose an organisation to see why.";
const STEPS = "Arrow keys: another sign; Enter: why this organisation was hit.";
const SVG = "http://www.w3.org/2000/svg";
const LOOKS = { strained: PARTS, closed: PARTS * STEP * STEP };

function drawn(name, values = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Columns of signs: the roots, then stretches of days, as many as have room.
export function columnsOf(data, most) {
  const starts = [...new Set(data.signs.filter((one) => one.tick >= 0).map((one) => one.tick))];
  starts.sort((a, b) => a - b);
  while (starts.length > most) {
    let nearest = 1;
    for (let k = 2; k < starts.length; k++) {
      if (starts[k] - starts[k - 1] < starts[nearest] - starts[nearest - 1]) nearest = k;
    }
    starts.splice(nearest, 1);
  }
  const columns = Array.from({ length: starts.length + 1 }, () => []);
  data.signs.forEach((one, k) => {
    columns[one.tick < 0 ? 0 : starts.filter((start) => start <= one.tick).length].push(k);
  });
  return columns;
}

// "day 20", "day 20 to 26", "1 Mar to 6 Jun 2020"
export function stretchWords(data, signs) {
  const ticks = signs.map((k) => data.signs[k].tick);
  const [from, to] = [Math.min(...ticks), Math.max(...ticks)].map((tick) => data.days[tick]);
  if (from === to) return from;
  const [one, other] = [from.split(" "), to.split(" ")];
  if (one.length === 2 && one[0] === other[0]) return `${from} to ${other[1]}`;
  if (one.length === 3 && one[2] === other[2]) return `${one[0]} ${one[1]} to ${to}`;
  return `${from} to ${to}`;
}

// Where every sign stands: in its column, near those that it came from.
export function placesOf(data, columns, width) {
  const places = [];
  const step = (width - ROOTS_WIDTH) / Math.max(1, columns.length - 1);
  const tall = (k) => (data.signs[k].kind < 0 ? ROOT_HEIGHT : ROW_HEIGHT);
  const sum = (column) => column.reduce((to, k) => to + tall(k), 0);
  const height = Math.max(...columns.map(sum), 4 * ROW_HEIGHT);
  columns.forEach((column, c) => {
    const want = new Map();
    for (const k of column) {
      const causes = data.hops.filter((hop) => hop.to === k && places[hop.from]);
      const weight = causes.reduce((to, hop) => to + hop.harm, 0);
      want.set(k, weight
        ? causes.reduce((to, hop) => to + hop.harm * places[hop.from].y, 0) / weight : height / 2);
    }
    const harm = (k) => data.signs[k].through;
    const order = [...column].sort((a, b) => want.get(a) - want.get(b) || harm(b) - harm(a));
    const free = (height - sum(column)) / column.length;
    let y = HEADING;
    for (const k of order) {
      const own = tall(k) + free;
      places[k] = { x: 14 + (c ? ROOTS_WIDTH + (c - 1) * step : 0), y: y + own / 2, column: c };
      y += own;
    }
    columns[c] = order;
  });
  return { places, height: HEADING + height, step };
}

function lineBetween(one, other) {
  const [left, right] = [one.x + one.out, other.x - RADIUS - 6];
  if (other.column > one.column) {
    const middle = left + 0.55 * (right - left);
    return `M${left} ${one.y}C${middle} ${one.y} ${middle} ${other.y} ${right} ${other.y}`;
  }
  const end = other.x + other.out + 6; // to the same days, or back to earlier ones
  const out = Math.max(left, end) + 40;
  return `M${left} ${one.y}C${out} ${one.y} ${out} ${other.y} ${end} ${other.y}`;
}

// Words on at most so many lines of a width.
export function linesOf(context, words, width, most) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width <= width || lines.length === most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean).map((line) => fitting(context, line, width));
}

function signOf(one) {
  if (one.kind < 0) {
    const sort = SORTS[one.why];
    const box = { x: -RADIUS, y: -RADIUS, width: 2 * RADIUS, height: 2 * RADIUS, fill: sort.colour };
    const sign = drawn("text", { class: "ca-cascade-sort", y: 5, "text-anchor": "middle" });
    sign.textContent = sort.sign;
    return [drawn("rect", box), sign];
  }
  const shade = `rgb(${COLOURS[one.closed ? 3 : 1]})`;
  const common = { fill: shade, stroke: "#4a4a4a", "stroke-width": 1.2 };
  const points = SHAPES[one.kind % SHAPES.length];
  const shape = points
    ? drawn("polygon", { points: points.map(([x, y]) => `${RADIUS * x},${RADIUS * y}`).join(" "), ...common })
    : drawn("circle", { r: 0.95 * RADIUS, ...common });
  if (!one.closed) return [shape];
  const arm = 0.42 * RADIUS;
  const cross = `M${-arm} ${-arm}L${arm} ${arm}M${-arm} ${arm}L${arm} ${-arm}`;
  return [shape, drawn("path", { d: cross, stroke: "#fff", "stroke-width": 2 })];
}

function cascadeLegend(data) {
  const list = make("ul", { className: "ca-run-legend" });
  list.setAttribute("aria-label", "Signs");
  const sorts = new Set(data.signs.map((one) => one.why));
  for (const [name, sort] of Object.entries(SORTS)) {
    if (!sorts.has(name)) continue;
    const box = icon((context, middle) => {
      context.fillStyle = sort.colour;
      context.fillRect(3, 3, 2 * middle - 6, 2 * middle - 6);
      context.fillStyle = "#fff";
      context.font = `bold ${FONT}`;
      context.textAlign = "center";
      context.fillText(sort.sign, middle, middle + 5);
    });
    list.append(entry(box, [sort.words]));
  }
  for (const [name, look] of Object.entries(LOOKS)) {
    if (!data.signs.some((one) => one.kind >= 0 && one.closed === (name === "closed"))) continue;
    const shape = icon((context, middle) => drawNode(context, 0, look, middle, middle, middle - 3));
    list.append(entry(shape, [name === "closed" ? "closed" : "strained, or a little short"]));
  }
  for (const kind of new Set(data.signs.map((one) => one.kind))) {
    if (kind < 0) continue;
    const shape = icon((context, middle) => drawNode(context, kind, 0, middle, middle, middle - 3));
    list.append(entry(shape, [data.kinds[kind]]));
  }
  return list;
}

function render({ model, el }) {
  const pen = document.createElement("canvas").getContext("2d");
  const mark = `ca-arrow-${Math.random().toString(36).slice(2)}`;
  const picture = drawn("svg", { class: "ca-cascade", role: "group" });
  const frame = make("div", { className: "ca-cascade-frame" });
  frame.append(picture);
  const readout = make("p", { className: "ca-cascade-readout", textContent: HINT });
  const about = make("p", { className: "ca-note" });
  const legends = make("div", { className: "ca-run-legends" });
  el.classList.add("ca-cascade-holder");
  el.append(frame, readout, legends, about);
  let signs = [];
  let lines = [];
  let columns = [];
  let places = [];
  let current = 0;
  let width = 0;
  const way = () => model.get("way");

  function light(k, words) {
    readout.textContent = words || HINT;
    const data = model.get("data");
    lines.forEach((path, n) => {
      const hop = data.hops[n];
      path.classList.toggle("ca-lit", k !== null && (hop.from === k || hop.to === k));
    });
  }
  function focusOn(k) {
    signs[current]?.setAttribute("tabindex", "-1");
    current = k;
    signs[current].setAttribute("tabindex", "0");
    signs[current].focus({ preventScroll: false });
  }
  function step(key) {
    const { column, y } = places[current];
    const at = columns[column].indexOf(current);
    if (key === "ArrowUp" || key === "ArrowDown") {
      return columns[column][at + (key === "ArrowUp" ? -1 : 1)];
    }
    if (key === "Home") return columns[0][0];
    if (key === "End") return columns.at(-1)[0];
    // along the widest line, else to the nearest sign of the next column
    const right = key === "ArrowRight";
    const ends = (hop) => (right ? [hop.from, hop.to] : [hop.to, hop.from]);
    const hop = model.get("data").hops.find((one) => ends(one)[0] === current);
    if (hop) return ends(hop)[1];
    const far = (k) => Math.abs(places[k].y - y);
    const next = columns[column + (right ? 1 : -1)] || [];
    return [...next].sort((a, b) => far(a) - far(b))[0];
  }
  picture.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^(Arrow|Home|End)/.test(event.key)) return;
    event.preventDefault();
    const next = step(event.key);
    if (next !== undefined) focusOn(next);
  });

  // What stands beside a sign, and how far it reaches: lines begin behind it.
  function labels(one, k, apart) {
    const room = (one.kind < 0 ? ROOTS_WIDTH : Math.min(apart, 240)) - 2 * RADIUS - 36;
    pen.font = way().includes(k) ? `bold ${FONT}` : FONT;
    const names = linesOf(pen, one.name, room, 2);
    const value = one.harm > 0 ? figure(one.harm) : "";
    const sort = SORTS[one.why]?.words.split(":")[0];
    const below = sort && sort !== one.name.toLowerCase() ? `${sort} · ${value}` : value;
    const texts = [...names, below].filter(Boolean);
    const widest = Math.max(...texts.map((text) => pen.measureText(text).width));
    Object.assign(places[k], { names, texts, out: RADIUS + 7 + widest + 6 });
  }
  function sign(one, k) {
    const { x, y, names, texts, out } = places[k];
    const words = texts.map((text, n) => {
      const top = 5 + 17 * (n - (texts.length - 1) / 2);
      const look = n < names.length ? "" : "ca-cascade-figure";
      const row = drawn("text", { x: RADIUS + 7, y: top, class: look });
      row.textContent = text;
      return row;
    });
    const to = one.id && addressWith(model.get("why"), { day: 0, chosen: one.id });
    const common = { class: "ca-cascade-sign", transform: `translate(${x} ${y})`, tabindex: "-1" };
    const hit = drawn("rect", { class: "ca-cascade-room", x: -RADIUS - 4, y: -25, width: out + RADIUS + 6, height: 50 });
    const element = drawn(to ? "a" : "g", common, hit, ...signOf(one), ...words);
    element.setAttribute("aria-label", one.about);
    if (to) {
      element.setAttribute("href", withRoot(to));
      element.addEventListener("click", (event) => followHere(event, to));
    } else element.setAttribute("role", "img");
    element.addEventListener("pointerenter", () => light(k, one.about));
    element.addEventListener("pointerleave", () => light(null));
    element.addEventListener("focus", () => light(k, one.about));
    element.addEventListener("blur", () => light(null));
    element.addEventListener("pointerdown", () => {
      signs[current]?.setAttribute("tabindex", "-1");
      current = k;
      element.setAttribute("tabindex", "0");
    });
    return element;
  }
  function line(hop, data, along) {
    const [one, other] = [places[hop.from], places[hop.to]];
    const at = along.indexOf(hop.from);
    const chosen = at >= 0 && along[at + 1] === hop.to;
    const root = data.signs[hop.from].kind < 0;
    const colour = chosen ? CHOSEN : root ? SORTS[data.signs[hop.from].why].colour : BETWEEN;
    const path = drawn("path", {
      class: chosen ? "ca-cascade-line ca-chosen" : "ca-cascade-line",
      d: lineBetween(one, other),
      stroke: colour,
      "stroke-width": Math.max(1, Math.min(WIDEST, (WIDEST * hop.harm) / data.total)),
      "marker-end": `url(#${mark}-${colour.slice(1)})`,
    });
    if (other.column < one.column) path.setAttribute("stroke-dasharray", "6 4");
    path.addEventListener("pointerenter", () => {
      light(null, hop.about);
      path.classList.add("ca-lit");
    });
    path.addEventListener("pointerleave", () => light(null));
    return path;
  }
  function arrows() {
    const tints = [BETWEEN, CHOSEN, ...Object.values(SORTS).map((sort) => sort.colour)];
    return drawn("defs", {}, ...tints.map((tint) =>
      drawn("marker", { id: `${mark}-${tint.slice(1)}`, viewBox: "0 0 8 8", refX: 2, refY: 4,
        markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
      drawn("path", { d: "M0 0L8 4L0 8z", fill: tint }))));
  }

  function draw() {
    const data = model.get("data");
    el.classList.toggle("ca-cascade-empty", !data.signs?.length);
    if (!data.signs?.length || !frame.clientWidth) return;
    const focused = signs.includes(document.activeElement);
    const most = Math.max(4, Math.floor((frame.clientWidth - ROOTS_WIDTH) / LEAST_WIDTH));
    columns = columnsOf(data, most);
    width = Math.max(frame.clientWidth, ROOTS_WIDTH + LEAST_WIDTH * (columns.length - 1));
    const laid = placesOf(data, columns, width);
    places = laid.places;
    picture.setAttribute("width", width);
    picture.setAttribute("height", laid.height);
    picture.setAttribute("aria-label", `${model.get("title")}. ${STEPS}`);
    data.signs.forEach((one, k) => labels(one, k, laid.step));
    lines = data.hops.map((hop) => line(hop, data, way()));
    signs = data.signs.map(sign);
    const headings = columns.map((column, c) => {
      const x = c ? ROOTS_WIDTH + (c - 1) * laid.step : 0;
      const text = drawn("text", { x: x + 5, y: 16, class: "ca-cascade-day" });
      text.textContent = c ? stretchWords(data, column) : "roots";
      return text;
    });
    const order = [...lines].sort((a, b) => a.classList.contains("ca-chosen") - b.classList.contains("ca-chosen"));
    picture.replaceChildren(arrows(), ...headings, ...order, ...columns.flat().map((k) => signs[k]));
    way().forEach((k) => signs[k]?.classList.add("ca-chosen"));
    const chosen = way().at(-1);
    signs[chosen]?.classList.add("ca-cascade-here");
    current = Math.min(chosen ?? current, signs.length - 1);
    signs[current].setAttribute("tabindex", "0");
    if (focused) signs[current].focus({ preventScroll: true });
    legends.replaceChildren(cascadeLegend(data));
    const several = data.together ? "A sign with a number is all of a kind in an area, on their median day. " : "";
    const rest = data.left_out ? `Not drawn: ${counted(data.left_out, "organisation")} by way of which next to no harm came.` : "";
    about.textContent = `Figures: ${data.unit} of their own. A line is as wide as the harm that came that way. ${several}${rest}`;
  }

  const watcher = new ResizeObserver(() => frame.clientWidth !== width && requestAnimationFrame(draw));
  watcher.observe(frame);
  const watched = ["data", "way", "why", "title"].map((name) => `change:${name}`);
  watched.forEach((name) => model.on(name, draw));
  draw();
  return () => {
    watched.forEach((name) => model.off(name, draw));
    watcher.disconnect();
  };
}

export default { render };
