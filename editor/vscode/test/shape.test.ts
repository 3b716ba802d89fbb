import assert from "node:assert/strict";
import { test } from "node:test";

import { mistake } from "../src/state/shape";
import { STATUS } from "../src/state/status";
import { example, schema } from "./example";

test("a status.json as the schema has it is in order, also with keys of a later version", () => {
  assert.equal(mistake(example(), STATUS), undefined);
  const later = { ...example(), more: { than: ["now"] } };
  later.presence.state = "asleep";
  assert.equal(mistake(later, STATUS), undefined);
});

test("whatever key is missing or of another type, it is named", () => {
  let tried = 0;
  const spoil = (value: unknown, where: string, put: (other: unknown) => void): void => {
    for (const other of [undefined, {}, "x", 1.5, NaN, Infinity, false]) {
      const wasText = typeof value === "string" && typeof other === "string";
      const wasNumber = typeof value === "number" && other === 1.5;
      if (wasText || wasNumber || (value === null && typeof other !== "object")) {
        continue;
      }
      if (typeof value === "object" && value !== null && !Array.isArray(value) && typeof other === "object") {
        continue;
      }
      put(other);
      const found = mistake(whole, STATUS) ?? "";
      if (!(value === null || typeof value === "boolean") || typeof other === "object") {
        assert.ok(found.startsWith(where), `${where}: ${String(other)}: ${found}`);
        tried += 1;
      }
    }
    put(value);
  };
  const walk = (value: unknown, where: string): void => {
    if (typeof value !== "object" || value === null) {
      return;
    }
    const held = value as Record<string, unknown>;
    for (const key of Object.keys(held)) {
      const place = Array.isArray(value) ? `${where}[${key}]` : where ? `${where}.${key}` : key;
      const before = held[key];
      spoil(before, place, (other) => (held[key] = other));
      walk(before, place);
    }
  };
  const whole = example();
  walk(whole, "");
  assert.ok(tried > 200, String(tried));
  assert.equal(mistake(whole, STATUS), undefined);
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

test("every key that the schema names is checked", () => {
  const count = (value: unknown, of: string): number =>
    typeof value === "object" && value !== null
      ? Object.entries(value).reduce((sum, [key, one]) => {
          const own = key === of ? Object.keys(one as object).length : 0;
          return sum + own + count(one, of);
        }, 0)
      : 0;
  const $defs = (schema() as { $defs: Record<string, object> }).$defs;
  assert.ok(count(STATUS, "has") >= count({ schema: schema() }, "properties"));
  assert.ok(Object.keys($defs).length > 10);
});
