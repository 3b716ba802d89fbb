import assert from "node:assert/strict";
import { test } from "node:test";

import { Printed } from "../src/commands/printed";

function tried(): { printed: Printed; changed: string[] } {
  const changed: string[] = [];
  return { printed: new Printed((name) => changed.push(name)), changed };
}

test("two programs at once each have a text of their own, and each change is told", () => {
  const { printed, changed } = tried();
  const [one, other] = [printed.begin("one"), printed.begin("other")];
  one("a");
  other("b");
  one("c");
  assert.equal(printed.text("one"), "ac");
  assert.equal(printed.text("other"), "b");
  assert.deepEqual(changed, ["one", "other", "one", "other", "one"]);
});

test("a text that is begun again has nothing of the program before, even while that still prints", () => {
  const { printed } = tried();
  const before = printed.begin("one");
  before("old");
  const now = printed.begin("one");
  assert.equal(printed.text("one"), "");
  now("new");
  before("late");
  assert.equal(printed.text("one"), "new");
});

test("a text is a million characters at most, and no more of it is told", () => {
  const { printed, changed } = tried();
  const hear = printed.begin("one");
  hear("x".repeat(999_999));
  hear("yz");
  hear("more");
  assert.equal(printed.text("one"), `${"x".repeat(999_999)}y`);
  assert.equal(changed.length, 3);
});

test("the last twenty texts are kept, and what was begun again is new", () => {
  const { printed } = tried();
  const hears = Array.from({ length: 20 }, (_, n) => printed.begin(String(n)));
  hears.forEach((hear, n) => hear(`text ${String(n)}`));
  printed.begin("0")("again");
  printed.begin("20")("text 20");
  assert.equal(printed.text("0"), "again");
  assert.equal(printed.text("1"), "");
  assert.equal(printed.text("2"), "text 2");
  hears[1]?.("late");
  assert.equal(printed.text("1"), "");
});
