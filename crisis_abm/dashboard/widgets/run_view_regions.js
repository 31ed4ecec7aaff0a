// Areas that have no place of their own, drawn region by region: blocks side by side, each with its
// name on top and its areas in rows below. Blocks stand in as many shelves as leave most room.
import { INK } from "./run_view_shapes.js";

const NAMED = 18; // pixels for the name of a region
const GAP = 6; // between blocks, and between an area and the edge of its cell
const MOST_SHELVES = 8;

// A circle around the organisations of each area.
export function regionsOf(run, points, radius) {
  const regions = run.areas.map((name, area) => ({ name, area, x: 0, y: 0, count: 0, radius: 0 }));
  run.area.forEach((area, row) => {
    if (area < 0) return;
    regions[area].x += points[2 * row];
    regions[area].y += points[2 * row + 1];
    regions[area].count += 1;
  });
  const there = regions.filter((region) => region.count);
  there.forEach((region) => {
    region.x /= region.count;
    region.y /= region.count;
  });
  run.area.forEach((area, row) => {
    if (area < 0) return;
    const region = regions[area];
    const far = Math.hypot(points[2 * row] - region.x, points[2 * row + 1] - region.y);
    region.radius = Math.max(region.radius, far + 1.6 * radius);
  });
  return there.length > 1 ? there : [];
}

// The middle of each area and how far it reaches, and the blocks; null where there are no regions.
export function regionLayout(run, width, height, wordWidth) {
  if (!run.grouped || !run.regions || run.regions.length < 2) return null;
  const areas = run.regions.map((_, region) =>
    [...run.areas.keys()].filter((area) => run.region[area] === region));
  const least = run.regions.map((name) => wordWidth(name) + 2 * GAP);
  let best = null;
  for (let count = 1; count <= Math.min(MOST_SHELVES, areas.length); count++) {
    const blocks = shelved(areas, least, count, width, height);
    if (blocks && (!best || blocks.side > best.side)) best = blocks;
  }
  return best;
}

// Regions in so many shelves, one after the other; null where their names have no room.
export function shelved(areas, least, count, width, height) {
  const total = areas.reduce((sum, there) => sum + there.length, 0);
  const shelves = Array.from({ length: count }, () => []);
  let before = 0;
  areas.forEach((there, region) => {
    const middle = (before + there.length / 2) / total;
    shelves[Math.min(count - 1, Math.floor(middle * count))].push(region);
    before += there.length;
  });
  if (shelves.some((shelf) => !shelf.length)) return null;
  const tall = (height - GAP) / count - GAP;
  const blocks = [];
  let side = Infinity;
  for (const [row, shelf] of shelves.entries()) {
    const room = width - GAP * (shelf.length + 1);
    const widths = sharedOut(shelf.map((region) => areas[region].length),
      shelf.map((region) => least[region]), room);
    if (!widths) return null;
    let x = GAP;
    shelf.forEach((region, k) => {
      const block = { region, x, y: GAP + row * (tall + GAP), width: widths[k], height: tall };
      const cells = cellsOf(block, areas[region]);
      side = Math.min(side, cells.side);
      blocks.push({ ...block, cells });
      x += widths[k] + GAP;
    });
  }
  return { side, blocks };
}

// Room in proportion to how many areas there are, but at least for the name.
export function sharedOut(counts, least, room) {
  if (least.reduce((a, b) => a + b, 0) > room) return null;
  const fixed = counts.map(() => false);
  for (;;) {
    const left = room - least.reduce((sum, one, k) => sum + (fixed[k] ? one : 0), 0);
    const open = counts.reduce((sum, one, k) => sum + (fixed[k] ? 0 : one), 0);
    const widths = counts.map((one, k) => (fixed[k] ? least[k] : (left * one) / open));
    const short = widths.findIndex((one, k) => !fixed[k] && one < least[k]);
    if (short < 0) return widths;
    fixed[short] = true;
  }
}

// The middles of the areas of a block, in the rows that leave the largest cells.
export function cellsOf(block, there) {
  const [width, height] = [block.width - GAP, block.height - NAMED];
  let best = { side: 0 };
  for (let across = 1; across <= there.length; across++) {
    const down = Math.ceil(there.length / across);
    const side = Math.min(width / across, height / down);
    if (side > best.side) best = { side, across, down };
  }
  const { side, across, down } = best;
  const [wide, high] = [Math.min(width / across, 1.5 * side), Math.min(height / down, 1.3 * side)];
  const middles = there.map((area, k) => {
    const row = Math.floor(k / across);
    const inRow = Math.min(across, there.length - row * across);
    return {
      area,
      x: block.x + block.width / 2 + (k % across - (inRow - 1) / 2) * wide,
      y: block.y + NAMED + height / 2 + (row - (down - 1) / 2) * high,
    };
  });
  return { side, middles };
}

// Move every shape into the cell of its area; all areas are scaled alike.
export function placeInRegions(run, points, layout) {
  const middles = new Map();
  layout.blocks.forEach((block) => block.cells.middles.forEach((one) => middles.set(one.area, one)));
  const regions = regionsOf(run, points, 0);
  const far = Math.max(...regions.map((region) => region.radius)) || 1;
  const scale = (layout.side / 2 - GAP) / far;
  const was = new Map(regions.map((region) => [region.area, region]));
  for (let row = 0; row < run.rows; row++) {
    const [from, to] = [was.get(run.area[row]), middles.get(run.area[row])];
    if (!from || !to) continue;
    points[2 * row] = to.x + scale * (points[2 * row] - from.x);
    points[2 * row + 1] = to.y + scale * (points[2 * row + 1] - from.y);
  }
  return scale;
}

export function drawBlocks(context, run, layout) {
  context.textAlign = "left";
  context.textBaseline = "top";
  for (const block of layout.blocks) {
    context.fillStyle = "#f1f1f1";
    context.fillRect(block.x, block.y, block.width, block.height);
    context.fillStyle = INK;
    context.fillText(run.regions[block.region], block.x + GAP, block.y + 3);
  }
}
