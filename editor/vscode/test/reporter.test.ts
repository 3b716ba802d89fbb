import assert from "node:assert/strict";
import { test } from "node:test";

import { Reporter } from "../src/presence/reporter";
import { ManualClock, settle } from "./clock";

interface Tried {
  clock: ManualClock;
  reporter: Reporter;
  reports: number[];
  answers: (() => void)[];
}

/** A reporter whose window answers when `answers` are called. */
function tried(): Tried {
  const clock = new ManualClock();
  const reports: number[] = [];
  const answers: (() => void)[] = [];
  const ask = (): Promise<void> => new Promise((resolve) => answers.push(resolve));
  const reporter = new Reporter(ask, () => reports.push(clock.now()), clock);
  return { clock, reporter, reports, answers };
}

async function answer({ clock, answers }: Tried, after: number): Promise<void> {
  clock.goTo(clock.now() + after);
  answers.shift()?.();
  await settle();
}

test("a window that answers is reported at the start, and then each minute", async () => {
  const one = tried();
  one.reporter.start();
  for (const minute of [0, 1, 2]) {
    one.clock.goTo(minute * 60_000);
    await answer(one, 5);
  }
  assert.deepEqual(one.reports, [5, 60_005, 120_005]);
  assert.equal(one.clock.waiting, 1);
});

test("a window that never answers is asked once, and never reported", async () => {
  const one = tried();
  one.reporter.start();
  for (let minute = 1; minute < 180; minute += 1) {
    one.clock.goTo(minute * 60_000);
    await settle();
  }
  assert.equal(one.answers.length, 1);
  assert.deepEqual(one.reports, []);
});

test("a late answer is no report, and the window is asked again at once, three times at most", async () => {
  const one = tried();
  one.reporter.start();
  await answer(one, 1_000);
  assert.deepEqual(one.reports, []);
  await answer(one, 999);
  assert.deepEqual(one.reports, [1_999]);
  one.clock.goTo(60_000);
  for (const late of [2_000, 2_000, 2_000]) {
    await answer(one, late);
  }
  assert.equal(one.answers.length, 0);
  assert.deepEqual(one.reports, [1_999]);
});

test("a window that thaws is reported from its next prompt answer on", async () => {
  const one = tried();
  one.reporter.start();
  await answer(one, 7 * 60_000);
  assert.equal(one.reporter.isReachable, false);
  await answer(one, 4);
  assert.equal(one.reporter.isReachable, true);
  assert.deepEqual(one.reports, [420_004]);
});

test("a window that stopped answering is reachable for two minutes more", async () => {
  const one = tried();
  one.reporter.start();
  await answer(one, 5);
  one.clock.goTo(120_000);
  assert.equal(one.reporter.isReachable, true);
  one.clock.goTo(121_010);
  assert.equal(one.reporter.isReachable, false);
});

test("an answer that fails is no report, and the next minute asks again", async () => {
  const clock = new ManualClock();
  let asked = 0;
  const ask = (): Promise<void> => {
    asked += 1;
    return Promise.reject(new Error("Canceled"));
  };
  const reporter = new Reporter(ask, () => assert.fail("reported"), clock);
  reporter.start();
  await settle();
  clock.goTo(60_000);
  await settle();
  assert.equal(asked, 2);
});

test("nothing is asked when it is disposed of", async () => {
  const one = tried();
  one.reporter.start();
  await answer(one, 5);
  one.reporter.dispose();
  one.clock.goTo(1_000_000);
  assert.equal(one.answers.length, 0);
});
