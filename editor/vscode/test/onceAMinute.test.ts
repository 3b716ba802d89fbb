import assert from "node:assert/strict";
import { test } from "node:test";

import { OnceAMinute } from "../src/presence/onceAMinute";
import { ManualClock } from "./clock";

function tried(): { clock: ManualClock; once: OnceAMinute; acts: number[] } {
  const clock = new ManualClock();
  const acts: number[] = [];
  return { clock, acts, once: new OnceAMinute(() => acts.push(clock.now()), clock) };
}

test("the first sign is passed on at once", () => {
  const { clock, once, acts } = tried();
  clock.goTo(5_000);
  once.sign();
  assert.deepEqual(acts, [5_000]);
});

test("signs without a pause are passed on once a minute, and the last of them is not lost", () => {
  const { clock, once, acts } = tried();
  for (let at = 0; at <= 130_000; at += 1_000) {
    clock.goTo(at);
    once.sign();
  }
  clock.goTo(1_000_000);
  assert.deepEqual(acts, [0, 60_000, 120_000, 180_000]);
});

test("of what was done before it acted last, nothing more is passed on", () => {
  const { clock, once, acts } = tried();
  clock.goTo(60_000);
  once.sign();
  clock.goTo(70_000);
  once.sign(40_000); // done at 30 s or before
  clock.goTo(1_000_000);
  assert.deepEqual(acts, [60_000]);
});

test("what may have been done since it acted is passed on when the minute is over", () => {
  const { clock, once, acts } = tried();
  clock.goTo(25_000);
  once.sign();
  clock.goTo(70_000);
  once.sign(40_000);
  clock.goTo(1_000_000);
  assert.deepEqual(acts, [25_000, 85_000]);
});

test("one sign leaves no timer behind", () => {
  const { clock, once, acts } = tried();
  once.sign();
  assert.equal(clock.waiting, 0);
  clock.goTo(60_000);
  once.sign();
  assert.deepEqual(acts, [0, 60_000]);
});

test("nothing is passed on when it is disposed of", () => {
  const { clock, once, acts } = tried();
  once.sign();
  once.sign();
  once.dispose();
  clock.goTo(1_000_000);
  assert.deepEqual(acts, [0]);
});
