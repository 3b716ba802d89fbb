import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { Claims } from "../src/notices/claims";
import { Herald } from "../src/notices/herald";
import type { Notice } from "../src/state/status";
import { ManualClock } from "./clock";

const NOW = Date.parse("2026-11-30T12:00:00Z");

const notice = (text: string, at = "2026-11-30T11:00:00.000+00:00"): Notice => ({
  text,
  at,
  until: "2026-12-01T11:00:00.000+00:00",
});

const folder = (): string => path.join(fs.mkdtempSync(path.join(tmpdir(), "claims-")), "made");

/** A window whose answers a test gives. */
class Window {
  readonly clock = new ManualClock();
  readonly shown: string[] = [];
  readonly answers: (() => void)[] = [];
  focus = true;
  wall = NOW;
  private readonly herald: Herald;
  private going: Promise<void>[] = [];

  constructor(where: string) {
    this.herald = new Herald(
      {
        hasFocus: () => this.focus,
        ask: () => new Promise<void>((resolve) => this.answers.push(resolve)),
        show: (text) => this.shown.push(text),
      },
      new Claims(where),
      this.clock,
      () => this.wall,
    );
  }

  update(...notices: Notice[]): void {
    this.going.push(this.herald.update(notices));
  }

  go(): void {
    this.going.push(this.herald.go());
  }

  /** Answer, and let what follows from that be done. */
  async answer(after = 5): Promise<void> {
    this.clock.goTo(this.clock.now() + after);
    this.answers.shift()?.();
    await Promise.all(this.going.splice(0));
  }
}

test("a notice is shown once in all windows together, and never again", async () => {
  const where = folder();
  const windows = [new Window(where), new Window(where), new Window(where)];
  for (const one of windows) {
    one.update(notice("a"), notice("b"));
  }
  await Promise.all(windows.map((one) => one.answer()));
  assert.deepEqual(windows.flatMap((one) => one.shown).sort(), ["a", "b"]);
  for (const one of [...windows, new Window(where)]) {
    one.update(notice("a"), notice("b"));
    await one.answer();
  }
  assert.deepEqual(windows.flatMap((one) => one.shown).sort(), ["a", "b"]);
});

test("a window that never answers claims nothing", async () => {
  const where = folder();
  const [dead, living] = [new Window(where), new Window(where)];
  dead.update(notice("a"));
  living.update(notice("a"));
  await living.answer();
  assert.deepEqual([dead.shown, living.shown], [[], ["a"]]);
});

test("a window without the focus or with a late answer waits, and shows it later", async () => {
  const one = new Window(folder());
  one.focus = false;
  one.update(notice("a"));
  assert.equal(one.answers.length, 0);
  one.focus = true;
  one.go();
  await one.answer(1000);
  assert.deepEqual(one.shown, []);
  one.update(notice("a"));
  one.focus = false;
  await one.answer();
  assert.deepEqual(one.shown, [], "the focus went meanwhile");
  one.focus = true;
  one.go();
  await one.answer();
  assert.deepEqual(one.shown, ["a"]);
});

test("the same text given again is another notice", async () => {
  const one = new Window(folder());
  one.update(notice("a"));
  await one.answer();
  one.update(notice("a", "2026-11-30T11:30:00.000+00:00"));
  await one.answer();
  assert.deepEqual(one.shown, ["a", "a"]);
});

test("what has expired is not shown, and without notices nothing is asked", async () => {
  const one = new Window(folder());
  one.wall = Date.parse("2026-12-02T00:00:00Z");
  one.update(notice("a"));
  one.update();
  assert.deepEqual([one.shown, one.answers.length], [[], 0]);
});

test("claims are files of ours alone, and are gone after a day, but for notices that stand", async () => {
  const where = folder();
  const one = new Window(where);
  one.update(notice("a"), notice("b"));
  await one.answer();
  const claims = fs.readdirSync(where);
  assert.equal(claims.length, 2);
  assert.equal(fs.statSync(path.join(where, claims[0] ?? "")).mode & 0o777, 0o600);
  for (const name of claims) {
    fs.utimesSync(path.join(where, name), NOW / 1000 - 90_000, NOW / 1000 - 90_000);
  }
  one.update(notice("a"), notice("c"));
  await one.answer();
  assert.deepEqual(one.shown, ["a", "b", "c"]);
  const left = fs.readdirSync(where);
  assert.equal(left.length, 2);
  assert.equal(left.filter((name) => claims.includes(name)).length, 1);
});

test("where no file can be made, nothing is shown and nothing breaks", async () => {
  const where = folder();
  fs.writeFileSync(where, "");
  const one = new Window(where);
  one.update(notice("a"));
  await one.answer();
  assert.deepEqual(one.shown, []);
});
