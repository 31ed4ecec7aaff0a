import assert from "node:assert/strict";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { casesOf, options, pathOf } from "./from_python.mjs";

test("every widget, joined with what it imports, is one script that renders", options, async () => {
  const names = casesOf("widgets");
  assert.ok(names.length > 10);
  for (const name of names) {
    const script = await import(pathToFileURL(pathOf(`${name}.mjs`)));
    assert.deepEqual(Object.keys(script), ["default"], name);
    assert.equal(typeof script.default.render, "function", name);
  }
});
