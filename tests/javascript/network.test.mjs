import assert from "node:assert/strict";
import test from "node:test";

import { apart, clearOf, layoutOf, namesWithRoom } from "../../crisis_abm/dashboard/widgets/run_view_network.js";
import {
  cellsOf, placeInRegions, regionLayout, regionsOf, sharedOut,
} from "../../crisis_abm/dashboard/widgets/run_view_regions.js";
import { crisis, pen } from "./run.mjs";

const wordWidth = (words) => pen.measureText(words).width;

test("everything stands in the picture, north up, in one scale both ways", () => {
  const run = crisis({ spacing: 1 });
  const { points, radius } = layoutOf(run, 400, 300, wordWidth);
  for (let k = 0; k < points.length; k += 2) {
    assert.ok(points[k] >= radius && points[k] <= 400 - radius);
    assert.ok(points[k + 1] >= radius && points[k + 1] <= 300 - radius);
  }
  assert.ok(points[5] < points[1]); // the shop is north of the wards
  const [right, up] = [points[4] - points[0], points[1] - points[5]];
  assert.ok(Math.abs(right / up - 4 / 2) < 1e-5);
});

test("one organisation alone, and all in one place, have a place", () => {
  const points = layoutOf(crisis({ spacing: 1 }, { place: ["f4", [2, 2, 2, 2, 2, 2]] }), 400, 300, wordWidth).points;
  assert.ok([...points].every(Number.isFinite));
});

test("areas are circles around their organisations; one area alone is none", () => {
  const run = crisis();
  const [north, south] = regionsOf(run, Float32Array.from([0, 0, 4, 0, 9, 9]), 1);
  assert.deepEqual([north.name, north.x, north.y, north.count], ["north", 2, 0, 2]);
  assert.ok(Math.abs(north.radius - (2 + 1.6)) < 1e-9);
  assert.deepEqual([south.x, south.y], [9, 9]);
  const alone = crisis({}, { area: ["i4", [0, 0, -1]] });
  assert.deepEqual(regionsOf(alone, Float32Array.from([0, 0, 4, 0, 9, 9]), 1), []);
});

test("names of areas stand in the picture, clear of each other and of other circles", () => {
  const towns = [["North town", 230, 95], ["West town", 137, 249]]
    .map(([name, x, y], area) => ({ name, area, x, y, radius: 83 }));
  const found = namesWithRoom(pen, towns, 466, 336);
  assert.equal(found.size, 2);
  const [one, other] = [...found.values()];
  assert.ok(apart(one, other));
  for (const [town, box] of found) {
    assert.ok(box.left >= 0 && box.left < box.right && box.right <= 466);
    assert.ok(box.top >= 0 && box.top < box.bottom && box.bottom <= 336);
    for (const { x, y, radius } of towns) {
      const [across, down] = [Math.min(Math.max(x, box.left), box.right), Math.min(Math.max(y, box.top), box.bottom)];
      assert.ok(Math.hypot(x - across, y - down) >= radius - 3, town.name);
    }
  }
});

test("few names among many circles are left out altogether", () => {
  const crowd = Array.from({ length: 42 }, (_, area) => ({
    name: area % 2 ? "Leicester and Rutland" : "Kent", area, x: 39 + 65 * (area % 7), y: 50 * Math.floor(area / 7), radius: 24,
  }));
  assert.equal(namesWithRoom(pen, crowd, 468, 336).size, 0);
});

test("a name is within its own circle only where that is wide", () => {
  const circle = (radius) => ({ name: "a long name", area: 0, x: 50, y: radius + 2, radius });
  const of = (radius) => [...namesWithRoom(pen, [circle(radius)], 100, 2 * radius + 4).values()];
  assert.deepEqual(of(30), []); // beside it there is no room, and it is narrower than the name
  assert.equal(of(45).length, 1);
  assert.equal(clearOf(of(45)[0], circle(45)), false);
});

test("room is shared in proportion, at least for a name, or refused", () => {
  assert.deepEqual(sharedOut([3, 1], [10, 10], 100), [75, 25]);
  assert.deepEqual(sharedOut([9, 1], [10, 30], 100), [70, 30]);
  assert.equal(sharedOut([1, 1], [60, 60], 100), null);
});

test("cells of a block are as large as can be, the last row in its middle", () => {
  const { side, middles } = cellsOf({ x: 0, y: 0, width: 206, height: 218 }, [7, 8, 9]);
  assert.equal(side, 100);
  const [first, second, third] = middles;
  assert.ok(first.y === second.y && third.y > first.y);
  assert.equal(third.x, (first.x + second.x) / 2);
  assert.deepEqual(middles.map((one) => one.area), [7, 8, 9]);
});

for (const [width, height] of [[468, 336], [356, 320]]) {
  test(`every area stands in the block of its region, ${width} by ${height}`, () => {
    const region = [6, 5, 11, 4, 3].flatMap((count, number) => Array(count).fill(number));
    const regions = ["East of England", "London", "Midlands", "North East and Yorkshire", "North West"];
    const { blocks } = regionLayout({ grouped: true, regions, region, areas: region.map(String) }, width, height, wordWidth);
    assert.deepEqual(blocks.map((block) => block.region).toSorted(), [0, 1, 2, 3, 4]);
    const seen = [];
    for (const block of blocks) {
      assert.ok(block.x >= 0 && block.x + block.width <= width);
      assert.ok(block.y >= 0 && block.y + block.height <= height);
      assert.ok(block.width >= wordWidth(regions[block.region]));
      for (const { area, x, y } of block.cells.middles) {
        assert.ok(block.x < x && x < block.x + block.width && block.y < y && y < block.y + block.height);
        assert.equal(region[area], block.region);
        seen.push(area);
      }
    }
    assert.deepEqual(seen.toSorted((a, b) => a - b), [...region.keys()]);
  });
}

test("areas are put into the cells of their regions, all in one scale", () => {
  const run = crisis({ level: "groups", regions: ["R", "S"], region: [0, 1] },
    { shares_0: ["u1", Array(36).fill(0)], shares_1: ["u1", Array(36).fill(0)] });
  const layout = regionLayout(run, 400, 200, wordWidth);
  assert.equal(layout.blocks.length, 2);
  for (const block of layout.blocks) {
    assert.ok(block.x >= 0 && block.x + block.width <= 400 && block.y + block.height <= 200);
  }
  const points = Float32Array.from([0, 0, 4, 0, 9, 9]);
  const scale = placeInRegions(run, points, layout);
  const [north, south] = layout.blocks.map((block) => block.cells.middles[0]);
  assert.ok(Math.abs((points[0] + points[2]) / 2 - north.x) < 1e-3);
  assert.ok(Math.abs(points[2] - points[0] - 4 * scale) < 1e-3);
  assert.ok(Math.abs(points[4] - south.x) < 1e-3);
  assert.equal(regionLayout(crisis(), 400, 200, wordWidth), null);
  assert.equal(regionLayout(run, 20, 200, wordWidth), null); // not even the names have room
});
