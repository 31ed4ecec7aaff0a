// A shape for every kind, small pictures of it in every state, and the legend.
import { make } from "./elements.js";
import { COLOURS, STATUSES, mixOf, mostlyFailed } from "./run_view_data.js";
import { wordsOrTerm } from "./term.js";

export const INK = "#222";
const FAILED_INK = "#22092f";
const SMALL = 4; // pixels of radius
const corners = (n, turn, inner) => {
  const points = [];
  const steps = inner ? 2 * n : n;
  for (let k = 0; k < steps; k++) {
    const far = inner && k % 2 ? inner : 1;
    const angle = turn + (2 * Math.PI * k) / steps;
    points.push([far * Math.cos(angle), far * Math.sin(angle)]);
  }
  return points;
};
const UP = -Math.PI / 2;
export const SHAPES = [
  null, // a circle
  [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  corners(3, UP),
  corners(4, UP),
  corners(5, UP, 0.45),
  corners(3, -UP),
  [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1],
    [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]],
  corners(6, UP),
  corners(3, 0),
  [[-0.85, -0.9], [0.85, -0.9], [-0.85, 0.9], [0.85, 0.9]],
  corners(3, Math.PI),
  corners(5, UP),
  corners(4, UP / 2, 0.4),
  [[-0.9, -0.85], [0.9, 0.85], [0.9, -0.85], [-0.9, 0.85]],
  corners(8, UP, 0.6),
  [[-1, 0.6], [-0.5, -0.6], [1, -0.6], [0.5, 0.6]],
];
export const FONT = '14px Roboto, "Segoe UI", "DejaVu Sans", sans-serif';

function trace(context, kind, x, y, radius) {
  const points = SHAPES[kind % SHAPES.length];
  context.beginPath();
  if (!points) context.arc(x, y, 0.95 * radius, 0, 2 * Math.PI);
  else points.forEach(([a, b]) => context.lineTo(x + a * radius, y + b * radius));
  context.closePath();
}

// One node: its shape, darker the worse it stands, with a cross once it has (mostly) failed; too
// small for that, it is a dark cross itself.
export function drawNode(context, kind, look, x, y, radius) {
  if (mostlyFailed(look) && radius < SMALL) return drawCross(context, x, y, radius, FAILED_INK);
  trace(context, kind, x, y, radius);
  const [red, green, blue] = mixOf(look);
  context.fillStyle = `rgb(${red} ${green} ${blue})`;
  context.fill();
  context.lineWidth = Math.min(1.2, Math.max(0.7, radius / 6));
  context.strokeStyle = "#4a4a4a";
  context.stroke();
  if (mostlyFailed(look)) drawCross(context, x, y, 0.5 * radius, "#fff");
  return undefined;
}

function drawCross(context, x, y, arm, colour) {
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x - arm, y + arm);
  context.lineTo(x + arm, y - arm);
  context.lineWidth = Math.max(1, arm / 2.2);
  context.strokeStyle = colour;
  context.stroke();
}

// Pictures of nodes, each drawn once and then copied: a path for every node on every day is slow.
export function nodePictures(radius, scale) {
  const side = Math.ceil(2 * (radius + 1.5) * scale);
  const made = new Map();
  return {
    half: side / scale / 2,
    of(kind, look) {
      const key = look * 64 + (kind % SHAPES.length);
      let picture = made.get(key);
      if (!picture) {
        picture = document.createElement("canvas");
        picture.width = picture.height = side;
        const context = picture.getContext("2d");
        context.scale(scale, scale);
        drawNode(context, kind, look, side / scale / 2, side / scale / 2, radius);
        made.set(key, picture);
      }
      return picture;
    },
  };
}

export function icon(draw, size = 20) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.className = "ca-run-icon";
  canvas.width = canvas.height = 2 * size;
  canvas.style.width = canvas.style.height = `${size}px`;
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  draw(context, size / 2);
  return canvas;
}

// A hatch of small crosses that says "failed" whatever the size of a cell.
export function hatch(context, scale) {
  const side = Math.round(7 * scale);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const pen = tile.getContext("2d");
  pen.globalAlpha = 0.6;
  const middle = side / 2;
  const arm = 1.7 * scale;
  pen.beginPath();
  pen.moveTo(middle - arm, middle - arm);
  pen.lineTo(middle + arm, middle + arm);
  pen.moveTo(middle - arm, middle + arm);
  pen.lineTo(middle + arm, middle - arm);
  pen.strokeStyle = "#fff";
  pen.lineWidth = scale;
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

export function entry(picture, words) {
  const item = make("li");
  item.append(picture, ...words);
  return item;
}

export function statusLegend() {
  const meaning = ["", " (below 90% of service)", " (below 50%)", " (closed)"];
  const list = make("ul", { className: "ca-run-legend" });
  list.setAttribute("aria-label", "States");
  STATUSES.forEach((name, status) => {
    const [red, green, blue] = COLOURS[status];
    const square = icon((context, middle) => {
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.strokeStyle = "#767676";
      context.fillRect(3, 3, 2 * middle - 6, 2 * middle - 6);
      context.strokeRect(3, 3, 2 * middle - 6, 2 * middle - 6);
      if (status === 3) drawCross(context, middle, middle, 3.5, "#fff");
    });
    list.append(entry(square, [wordsOrTerm(name, `ca-word-${name}`), meaning[status]]));
  });
  return list;
}

export function kindLegend(run) {
  const list = make("ul", { className: "ca-run-legend" });
  list.setAttribute("aria-label", "Kinds of organisations");
  const there = new Set(run.kind);
  run.kinds.forEach((name, kind) => {
    if (!there.has(kind)) return;
    const shape = (context, middle) => drawNode(context, kind, 0, middle, middle, middle - 3);
    list.append(entry(icon(shape), [name]));
  });
  return list;
}
