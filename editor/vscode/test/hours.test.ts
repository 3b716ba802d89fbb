import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Herald } from "../src/notices/herald";
import type { Found } from "../src/ownFile";
import { Follower } from "../src/state/follower";
import { barText, hoverLines } from "../src/view/words";
import { ManualClock, settle } from "./clock";
import { example } from "./example";

const EVENTS_A_MINUTE = 20;
const MOST_GROWTH = 300_000; // bytes

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test("in eight hours of writing and events nothing grows", async () => {
  const clock = new ManualClock();
  const status = example();
  let stamp = 0;
  let drawn = 0;
  const herald = new Herald(
    { hasFocus: () => true, ask: () => Promise.resolve(), show: () => undefined },
    { claim: () => Promise.resolve(true), tidy: () => Promise.resolve() },
    clock,
  );
  const read = (before: string): Promise<Found> =>
    Promise.resolve(
      before === String(stamp)
        ? { kind: "same" }
        : { kind: "read", text: JSON.stringify(status), stamp: String(stamp) },
    );
  const follower = new Follower(
    read,
    (state) => {
      drawn += barText(state).length + hoverLines(state).join().length;
      if (state.kind === "counted") {
        void herald.update(state.status.notices);
      }
    },
    clock,
  );
  follower.start();
  const live = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      stamp += 1;
      status.session.running_us += 60_000_000;
      const at = new Date(1_764_500_000_000 + stamp * 60_000).toISOString();
      status.notices = [{ text: `notice ${String(stamp)}`, at, until: "2099-01-01T00:00:00Z" }];
      for (let n = 0; n < EVENTS_A_MINUTE; n += 1) {
        void follower.look();
      }
      await settle();
      clock.goTo(clock.now() + 60_000);
      await settle();
    }
  };
  await live(60);
  const before = used();
  await live(8 * 60);
  const growth = used() - before;
  assert.ok(drawn > 0);
  assert.ok(growth < MOST_GROWTH, `${String(growth)} bytes`);
  assert.equal(clock.waiting, 1);
});
