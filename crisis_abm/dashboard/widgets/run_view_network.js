// The dependency network, one policy: areas and links are drawn once, shapes for every day.
import { make, pointable, sized } from "./elements.js";
import { BOTH } from "./run_view_data.js";
import { drawBlocks, placeInRegions, regionLayout, regionsOf } from "./run_view_regions.js";
import { FONT, INK, nodePictures } from "./run_view_shapes.js";
import { networkLabel } from "./run_view_words.js";

const MARGIN = 14;
const MOST_LINES = 12000; // of faint links; more are a blot
// Of a circle in the left half; the last is inside it, near its upper edge.
const SIDES = [[0, -1], [-0.7, -0.7], [-0.7, 0.7], [0, 1], [0, -0.75]];
const NEAR = 14; // pixels within which a shape is meant

// Where everything stands on the screen.
export function layoutOf(run, width, height, wordWidth) {
  const named = run.areas.length > 1 ? 16 : 0; // room above for the name of an area
  const room = [width - 2 * MARGIN, height - 2 * MARGIN - named];
  const ends = [0, 1].map((c) => extent(run.place.filter((_, k) => k % 2 === c)));
  const spread = ends.map(([least, most]) => most - least || 1);
  const roughly = Math.min(room[0] / spread[0], room[1] / spread[1]);
  let radius = Math.min(9, Math.max(2.2, 0.42 * run.spacing * roughly));
  const unit = Math.min(...BOTH.map((c) => (room[c] - 2 * radius) / spread[c]));
  const middle = [width / 2, named + (height - named) / 2];
  const points = new Float32Array(run.place.length);
  for (let k = 0; k < points.length; k++) {
    const c = k % 2;
    const sign = c ? -1 : 1; // north is up
    points[k] = middle[c] + sign * unit * (run.place[k] - (ends[c][0] + ends[c][1]) / 2);
  }
  const blocks = regionLayout(run, width, height, wordWidth);
  if (blocks) {
    radius = Math.min(6, Math.max(2.2, 0.42 * run.spacing * unit * placeInRegions(run, points, blocks)));
  } else if (run.grouped) spreadOut(run, points, middle, room, radius);
  const largest = Math.max(...run.size);
  const radii = Float32Array.from(run.size, (size) =>
    run.grouped ? Math.max(2.2, radius * (0.7 + 0.3 * Math.sqrt(size / largest))) : radius);
  return { width, height, radius, points, radii, blocks, regions: regionsOf(run, points, radius) };
}

function extent(values) {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

// Groups have no place of their own: their areas are moved apart to fill the picture.
function spreadOut(run, points, middle, room, radius) {
  const regions = regionsOf(run, points, radius);
  if (!regions.length) return;
  const far = Math.max(...regions.map((region) => region.radius));
  const factors = ["x", "y"].map((axis, c) => {
    const [least, most] = extent(regions.map((region) => region[axis]));
    return most > least ? Math.max(1, (room[c] - 2 * far) / (most - least)) : 1;
  });
  const shifts = run.areas.map(() => [0, 0]);
  for (const region of regions) {
    shifts[region.area] = ["x", "y"].map((axis, c) =>
      (factors[c] - 1) * (region[axis] - middle[c]));
  }
  for (let k = 0; k < points.length; k++) {
    const area = run.area[k >> 1];
    if (area >= 0) points[k] += shifts[area][k % 2];
  }
}

function drawRegions(context, regions) {
  for (const region of regions) {
    context.beginPath();
    context.arc(region.x, region.y, region.radius, 0, 2 * Math.PI);
    context.fillStyle = "#fafafa";
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = "#c4c4c4";
    context.stroke();
  }
}

function drawAreaName(context, name, box) {
  const [x, y] = [(box.left + box.right) / 2, box.bottom];
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.lineWidth = 4;
  context.strokeStyle = "#fff";
  context.strokeText(name, x, y);
  context.fillStyle = "#444";
  context.fillText(name, x, y);
}

// Where the name of an area stands: on a side of its circle, or pushed into the picture.
function nameBox(context, region, width, [right, down]) {
  const half = context.measureText(region.name).width / 2;
  const wanted = region.x + right * region.radius + Math.sign(right) * half;
  const x = Math.min(Math.max(wanted, half + 2), Math.max(half + 2, width - half - 2));
  const edge = region.y + down * (region.radius + 1);
  const bottom = Math.max(16, down > 0 ? edge + 16 : edge);
  return { left: x - half, right: x + half, top: bottom - 14, bottom };
}

// Names of areas that have room beside their circles, or in wide ones, clear of each other and of all other circles.
// Where most have none, a few names among many circles would look as if they were meant for more:
// then only the area that one points at is named.
export function namesWithRoom(context, regions, width, height) {
  const found = new Map();
  for (const region of regions) {
    const outwards = region.x > width / 2 ? -1 : 1;
    const boxes = SIDES.map(([x, y]) => nameBox(context, region, width, [outwards * x, y]));
    const wide = 2 * region.radius > boxes[0].right - boxes[0].left;
    const box = boxes.find((one, k) => {
      const inside = k === SIDES.length - 1;
      return (wide || !inside) && one.bottom <= height &&
        [...found.values()].every((other) => apart(one, other)) &&
        regions.every((other) => (inside && other === region) || clearOf(one, other));
    });
    if (box) found.set(region, box);
  }
  return 2 * found.size >= regions.length ? found : new Map();
}

export function apart(one, other) {
  return one.left >= other.right || other.left >= one.right ||
    one.top >= other.bottom || other.top >= one.bottom;
}

export function clearOf(box, region) {
  const x = Math.min(Math.max(region.x, box.left), box.right);
  const y = Math.min(Math.max(region.y, box.top), box.bottom);
  return Math.hypot(region.x - x, region.y - y) >= region.radius - 3;
}

function drawLinks(context, run, points) {
  const pairs = run.links.length / 2;
  const each = Math.max(1, Math.ceil(pairs / MOST_LINES));
  context.beginPath();
  for (let k = 0; k < pairs; k += each) {
    const [one, other] = [2 * run.links[2 * k], 2 * run.links[2 * k + 1]];
    context.moveTo(points[one], points[one + 1]);
    context.lineTo(points[other], points[other + 1]);
  }
  context.lineWidth = 0.6;
  context.strokeStyle = `rgb(90 90 90 / ${Math.min(0.35, Math.max(0.03, (160 * each) / pairs))})`;
  context.stroke();
}

function drawStrongLinks(context, run, points, row) {
  context.beginPath();
  for (const supplier of run.suppliers[row]) {
    context.moveTo(points[2 * supplier], points[2 * supplier + 1]);
    context.lineTo(points[2 * row], points[2 * row + 1]);
  }
  context.lineWidth = run.suppliers[row].length > 60 ? 0.8 : 1.6;
  context.strokeStyle = INK;
  context.stroke();
}

function drawRing(context, layout, row, width) {
  const { points, radii } = layout;
  context.beginPath();
  context.arc(points[2 * row], points[2 * row + 1], radii[row] + 4, 0, 2 * Math.PI);
  context.lineWidth = width;
  context.strokeStyle = INK;
  context.stroke();
}

export function makeNetwork(policy, hooks) {
  const back = make("canvas", { className: "ca-run-layer" });
  back.setAttribute("aria-hidden", "true");
  const front = make("canvas", { className: "ca-run-layer" });
  front.setAttribute("role", "img");
  front.setAttribute("aria-label", "Network of organisations");
  const holder = pointable("ca-run-network", { ...hooks, at: (x, y) => network.at(x, y) });
  holder.append(back, front);
  const network = {
    holder,

    draw(run) {
      this.run = run;
      const [width, height] = [holder.clientWidth, holder.clientHeight];
      const [context] = sized(back, width, height);
      context.font = FONT;
      const wordWidth = (words) => context.measureText(words).width;
      const layout = (this.layout = layoutOf(run, width, height, wordWidth));
      if (layout.blocks) drawBlocks(context, run, layout.blocks);
      drawRegions(context, layout.regions);
      drawLinks(context, run, layout.points);
      this.unnamed = new Map();
      const named = layout.blocks ? new Map() : namesWithRoom(context, layout.regions, width, height);
      for (const region of layout.regions) {
        if (named.has(region)) drawAreaName(context, region.name, named.get(region));
        else this.unnamed.set(region.area, region);
      }
      [this.context, this.scale] = sized(front, width, height);
      this.context.font = FONT;
      this.pictures = nodePictures(layout.radius, this.scale);
      holder.setAttribute("aria-label", `${run.policies[policy]}: ${hooks.about}`);
    },

    show(day, row, chosen) {
      const { run, layout, context, pictures } = this;
      const { points, radii, radius } = layout;
      const looks = run.looks[policy];
      context.clearRect(0, 0, layout.width, layout.height);
      if (chosen !== null) drawStrongLinks(context, run, points, chosen);
      for (let k = 0, at = day * run.rows; k < run.rows; k++, at++) {
        const half = (pictures.half * radii[k]) / radius;
        const picture = pictures.of(run.kind[k], looks[at]);
        context.drawImage(picture, points[2 * k] - half, points[2 * k + 1] - half, 2 * half, 2 * half);
      }
      if (row !== null) drawRing(context, layout, row, 1.5);
      if (chosen !== null) drawRing(context, layout, chosen, 3);
      for (const one of [chosen, row]) {
        const region = one === null ? undefined : this.unnamed.get(run.area[one]);
        if (region) drawAreaName(context, region.name, nameBox(context, region, layout.width, SIDES[0]));
      }
    },

    label(day) {
      front.setAttribute("aria-label", networkLabel(this.run, policy, day));
    },

    at(x, y) {
      if (!this.run) return null;
      let nearest = NEAR + this.layout.radius;
      let row = null;
      const { points } = this.layout;
      for (let k = 0; k < this.run.rows; k++) {
        const far = Math.hypot(points[2 * k] - x, points[2 * k + 1] - y);
        if (far < nearest) [nearest, row] = [far, k];
      }
      return row === null ? null : { row, day: null };
    },

    // The nearest shape in a direction, for the arrow keys.
    beside(row, right, down) {
      const { points } = this.layout;
      let [best, found] = [Infinity, row];
      for (let k = 0; k < this.run.rows; k++) {
        const x = points[2 * k] - points[2 * row];
        const y = points[2 * k + 1] - points[2 * row + 1];
        const along = x * right + y * down;
        const across = Math.abs(x * down) + Math.abs(y * right);
        if (along > 0.5 && along + 2 * across < best) [best, found] = [along + 2 * across, k];
      }
      return found;
    },
  };
  return network;
}
