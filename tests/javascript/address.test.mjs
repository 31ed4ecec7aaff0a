import assert from "node:assert/strict";
import test from "node:test";

import { addressWith, inAddress } from "../../crisis_abm/dashboard/widgets/address.js";
import { casesOf, options } from "./from_python.mjs";

const TEMPLATE = "/why?scenario=local_shock&day=987654321&chosen=%00&level=1";

test("marks give way to what only the browser knows", () => {
  assert.equal(
    addressWith(TEMPLATE, { day: 3, chosen: "ward 1" }),
    "/why?scenario=local_shock&day=3&chosen=ward+1&level=1",
  );
});

test("nothing is said of the first day, and of nobody", () => {
  assert.equal(addressWith(TEMPLATE, { day: 0, chosen: "" }), "/why?scenario=local_shock&level=1");
});

test("what has the form of a replacement stays as it is", () => {
  assert.match(addressWith(TEMPLATE, { day: 1, chosen: "$&$1" }), /&chosen=%24%26%241&/);
});

test("texts stand in an address as Python writes them", options, () => {
  for (const [text, written] of casesOf("addresses")) assert.equal(inAddress(text), written);
});
