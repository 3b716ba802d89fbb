import assert from "node:assert/strict";
import { test } from "node:test";

import type { Found } from "../src/ownFile";
import { Follower, type State } from "../src/state/follower";
import { ManualClock, settle } from "./clock";
import { example, type Changeable } from "./example";
import type { Status } from "../src/state/status";

const MINUTE = 60_000;
const WRITTEN = Date.parse(example().written_at);

/** A state directory whose status.json a test writes. */
class Tried {
  readonly clock = new ManualClock();
  readonly told: State[] = [];
  readonly befores: string[] = [];
  found: Found = { kind: "absent" };
  age = 0;
  private written = 0;
  readonly follower = new Follower(
    (before) => {
      this.befores.push(before);
      const { found } = this;
      const isSame = found.kind === "read" && found.stamp === before;
      return Promise.resolve<Found>(isSame ? { kind: "same" } : found);
    },
    (state) => this.told.push(state),
    this.clock,
    () => WRITTEN + this.age,
  );

  write(change: (status: Changeable<Status>) => void = () => undefined): void {
    const status = example();
    change(status);
    this.put(JSON.stringify(status));
  }

  put(text: string): void {
    this.written += 1;
    this.found = { kind: "read", text, stamp: String(this.written) };
  }

  last(): State {
    return this.told.at(-1) ?? assert.fail("nothing was told");
  }

  isRunning(): boolean {
    const last = this.last();
    return last.kind === "counted" && last.isRunning;
  }

  why(): string {
    const last = this.last();
    return last.kind === "unreadable" ? last.why : "";
  }

  async wait(minutes: number): Promise<void> {
    for (let n = 0; n < minutes; n += 1) {
      this.clock.goTo(this.clock.now() + MINUTE);
      await settle();
    }
  }
}

test("what is there is told at once, and only what changes after that", async () => {
  const one = new Tried();
  one.write();
  one.follower.start();
  await settle();
  assert.equal(one.told.length, 1);
  assert.ok(one.isRunning());
  await one.follower.look();
  assert.equal(one.told.length, 1);
  one.write((status) => (status.session.running_us += 60_000_000));
  await one.follower.look();
  assert.equal(one.told.length, 2);
});

test("without any event it is seen within a minute that the file changed, came or went", async () => {
  const one = new Tried();
  one.follower.start();
  await settle();
  assert.equal(one.last().kind, "absent");
  one.write();
  await one.wait(1);
  assert.equal(one.last().kind, "counted");
  one.found = { kind: "absent" };
  await one.wait(1);
  assert.equal(one.last().kind, "absent");
});

test("a tracker that writes no more is not running after three minutes, and again when it writes", async () => {
  const one = new Tried();
  one.write();
  one.follower.start();
  await settle();
  await one.wait(2);
  assert.ok(one.isRunning());
  await one.wait(1);
  assert.equal(one.isRunning(), false);
  one.write();
  await one.follower.look();
  assert.ok(one.isRunning());
});

test("a file that was old when it was first read is of no tracker that runs", async () => {
  const one = new Tried();
  one.age = 10 * MINUTE;
  one.write();
  one.follower.start();
  await settle();
  assert.equal(one.isRunning(), false);
  one.write();
  await one.follower.look();
  assert.ok(one.isRunning(), "it was written just now, whatever the wall clocks say");
});

test("a session that was paused is not running", async () => {
  const one = new Tried();
  one.write((status) => (status.session.state = "paused"));
  one.follower.start();
  await settle();
  assert.equal(one.isRunning(), false);
});

test("what is no status.json is said to be wrong, and read again each time", async () => {
  const one = new Tried();
  one.follower.start();
  for (const [text, why] of [
    ["{", /status.json: is not JSON/],
    ["[]", /it is not object/],
    ['{"written_at": 1}', /written_at is not string/],
    ["null", /it is not object/],
    ["[".repeat(200_000), /is not/],
  ] as const) {
    one.put(text);
    await one.follower.look();
    assert.equal(one.last().kind, "unreadable");
    assert.match(one.why(), why);
  }
  assert.ok(one.befores.every((before) => before === ""));
  one.found = { kind: "refused", why: "a link" };
  await one.follower.look();
  assert.deepEqual(one.last(), { kind: "unreadable", why: "a link" });
});

test("many events at once are two readings at most", async () => {
  const one = new Tried();
  one.write();
  await Promise.all(Array.from({ length: 1000 }, () => one.follower.look()));
  await settle();
  assert.ok(one.befores.length <= 2, String(one.befores.length));
});

test("nothing is read when it is disposed of", async () => {
  const one = new Tried();
  one.follower.start();
  await settle();
  one.follower.dispose();
  const before = one.befores.length;
  await one.wait(10);
  assert.equal(one.befores.length, before);
});
