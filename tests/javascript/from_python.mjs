// What Python makes, to be held against what is made of it here: tests/dashboard/test_javascript.py
// writes it into a folder and names that. Without it such tests are passed over, and say so.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = process.env.CRISIS_ABM_FROM_PYTHON;

export const options = { skip: FOLDER ? false : "pytest runs it, with what Python makes" };
export const bytesOf = (name) => readFileSync(join(FOLDER, name));
export const casesOf = (name) => JSON.parse(bytesOf(`${name}.json`).toString("utf8"));
export const pathOf = (name) => join(FOLDER, name);
