import assert from "node:assert/strict";
import { test } from "node:test";

import { mistake } from "../src/state/shape";
import { STATUS } from "../src/state/status";
import { example, exampleFleet } from "./example";

test("a status.json as the schema has it is in order, also with keys of a later version", () => {
  assert.equal(mistake(example(), STATUS), undefined);
  const later = { ...example(), more: { than: ["now"] } };
  later.presence.state = "asleep";
  assert.equal(mistake(later, STATUS), undefined);
});

/** Each key of a value and of what is in it: where it is, and how it is set to another. */
function* keys(value: unknown, where = ""): Generator<[string, (other: unknown) => void, unknown]> {
  if (typeof value !== "object" || value === null) {
    return;
  }
  const held = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(held)) {
    const place = Array.isArray(value) ? `${where}[${key}]` : where ? `${where}.${key}` : key;
    yield [place, (other) => (held[key] = other), item];
    yield* keys(item, place);
  }
}

test("if any key is missing or of another type, it is named", () => {
  const status = { ...example(), fleet: exampleFleet() };
  let tried = 0;
  for (const [place, set, before] of keys(status)) {
    for (const other of [undefined, ["x"], { x: 1 }, () => 1, Infinity, NaN]) {
      const isAlike = Array.isArray(other) ? Array.isArray(before) : typeof other === typeof before;
      if (!isAlike || typeof other === "number") {
        set(other);
        const found = mistake(status, STATUS) ?? "nothing";
        assert.ok(found.startsWith(`${place} is `), `${place}: ${String(other)}: ${found}`);
        tried += 1;
      }
    }
    set(before);
  }
  assert.ok(tried > 150, String(tried));
  assert.equal(mistake(status, STATUS), undefined);
});

test("a text is no number, and a number no text", () => {
  const status = example() as unknown as { written_at: unknown; month: { percent: unknown } };
  status.month.percent = "41";
  assert.equal(mistake(status, STATUS), "month.percent is not number or null");
  status.written_at = 1;
  assert.equal(mistake(status, STATUS), "written_at is not string");
});

test("what is no object at all is said to be wrong", () => {
  for (const value of [null, [], "x", 1, true]) {
    assert.equal(mistake(value, STATUS), "it is not object");
  }
});

test("a key that only the prototype has is missing", () => {
  const value = Object.create(example()) as object;
  assert.match(mistake(value, STATUS) ?? "", /written_at is missing/);
});
