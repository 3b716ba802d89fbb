import assert from "node:assert/strict";
import { test } from "node:test";

import type { State } from "../src/state/follower";
import { plain } from "../src/view/plain";
import { barText, hoverLines, length, level } from "../src/view/words";
import { example, exampleFleet, type Changeable } from "./example";
import type { Status } from "../src/state/status";

function counted(
  change: (status: Changeable<Status>) => void = () => undefined,
  isRunning = true,
): State {
  const status = example();
  change(status);
  return { kind: "counted", status, isRunning };
}

test("the status bar has the session's length and the part of the quota that is used", () => {
  assert.equal(barText(counted()), "$(watch) 3h 12m · 41 %");
  assert.equal(barText(counted((s) => (s.month.percent = 41.5))), "$(watch) 3h 12m · 42 %");
});

test("without a quota there is only the time", () => {
  assert.equal(barText(counted((s) => (s.month.percent = null))), "$(watch) 3h 12m");
});

test("it says that nothing runs, that there is no tracker, and that something is wrong", () => {
  assert.equal(barText(counted(undefined, false)), "$(circle-slash) not running");
  assert.equal(barText({ kind: "absent" }), "$(watch) no tracker");
  assert.equal(barText({ kind: "unreadable", why: "x" }), "$(warning) tracker");
});

test("it is coloured at three quarters and at nine tenths of the quota", () => {
  const at = (percent: number | null): string => level(counted((s) => (s.month.percent = percent)));
  assert.deepEqual([null, 0, 74.9, 75, 89.9, 90, 250].map(at), [
    "none",
    "none",
    "none",
    "warning",
    "warning",
    "error",
    "error",
  ]);
  assert.equal(level(counted((s) => (s.month.percent = 99), false)), "none");
});

test("lengths are those of prompt.txt", () => {
  assert.deepEqual(
    [0, 59_999_999, 60_000_000, 3_599_999_999, 3_600_000_000, 360_000_000_000].map(length),
    ["0s", "59s", "1m", "59m", "1h 00m", "100h 00m"],
  );
});

test("the hover has session, today, quota, paces, presence and what is next", () => {
  assert.deepEqual(hoverLines(counted()), [
    "Session 3: 3h 12m, since 11:28",
    "Today: 3h 12m, 1h 05m unattended",
    "Month: at least 49.2 of 120 core-hours (41 %)",
    "Last 7 days: 4.1 core-hours a day, the quota lasts",
    "Presence: someone is there, last sign 14:38",
    "Next: Back up, 16:40",
  ]);
});

test("the hover has both paces, when the quota ends, days that are not today, runs and problems", () => {
  const lines = hoverLines(
    counted((s) => {
      s.month.pace = {
        week: { core_hours_a_day: 9.96, lasts_until: "2026-12-24T08:00:00.000+05:30" },
        month: { core_hours_a_day: 2, lasts_until: null },
      };
      s.session.start_time = "2026-11-29T23:10:00.000+05:30";
      s.presence = { state: "absent", since: "2026-11-30T13:20:00.000+05:30" };
      s.triggers.running = [{ label: "Save" }];
      s.problems = ["The disk is full"];
    }),
  );
  for (const line of [
    "Session 3: 3h 12m, since 29 Nov, 23:10",
    "Last 7 days: 10 core-hours a day, lasts until 24 Dec",
    "This month: 2 core-hours a day, the quota lasts",
    "Presence: no one since 13:20",
    "Runs now: Save",
    "Problem: The disk is full",
  ]) {
    assert.ok(lines.includes(line), `${line}: ${lines.join("\n")}`);
  }
});

test("where nothing runs, the hover says since when, and foresees nothing", () => {
  const lines = hoverLines(counted(undefined, false));
  assert.equal(lines[0], "Not running, since 30 Nov, 14:40. Click to start.");
  assert.ok(lines.includes("Presence: not known"));
  assert.ok(!lines.some((line) => line.startsWith("Next")));
});

test("without a quota, and on the first day, that is said", () => {
  const lines = hoverLines(
    counted((s) => {
      s.month.quota_core_hours = null;
      s.month.percent = null;
      s.month.pace.week = null;
    }),
  );
  assert.ok(lines.includes("Month: at least 49.2 core-hours, no quota"));
  assert.ok(lines.includes("Pace: known after a day"));
});

test("where there are other codespaces, the hover has all of them beside this one, and what is missing", () => {
  const lines = hoverLines(
    counted((s) => {
      s.month.other_codespaces_core_hours = 36.9;
      s.fleet = exampleFleet();
    }),
  );
  assert.deepEqual(lines.slice(2, 5), [
    "Month, all codespaces: at least 49.2 of 120 core-hours (41 %)",
    "This one: 12.3 core-hours; 2 others, last report 14:21",
    "1 codespace has not reported since Fri 27 Nov 09:10. Up to 30 min of each other codespace that runs is missing. 1 codespace does not count yet: codespace-tracker fleet accept",
  ]);
});

test("a single other one that reported on another day, without anything missing, is one line", () => {
  const lines = hoverLines(
    counted((s) => {
      const others_told_until = "2026-11-27T09:10:00.000+05:30";
      s.month.other_codespaces_core_hours = 36.9;
      s.month.quota_core_hours = null;
      s.fleet = { ...exampleFleet(), codespaces: 2, not_accepted: 0, others_told_until, missing: [] };
    }),
  );
  assert.deepEqual(lines.slice(2, 5), [
    "Month, all codespaces: at least 49.2 core-hours, no quota",
    "This one: 12.3 core-hours; 1 other, last report 27 Nov, 09:10",
    "Last 7 days: 4.1 core-hours a day",
  ]);
});

test("where none of the others counts, or nothing is known of them, only that is said", () => {
  const lines = hoverLines(
    counted((s) => {
      const fleet = { ...exampleFleet(), codespaces: 2, others_told_until: null };
      s.fleet = { ...fleet, missing: ["1 codespace does not count yet: codespace-tracker fleet accept"] };
    }),
  );
  assert.deepEqual(lines.slice(2, 5), [
    "Month: at least 49.2 of 120 core-hours (41 %)",
    "1 codespace does not count yet: codespace-tracker fleet accept",
    "Last 7 days: 4.1 core-hours a day, the quota lasts",
  ]);
});

test("a label is one short line without signs that work an editor", () => {
  const hostile = "a\nb\u001b[31m\u202e\u2028 [x](command:y) $(bug) https://x.test www.x.test a@b.test " + "z".repeat(5_000_000);
  const shown = plain(hostile, 80);
  assert.ok([...shown].length <= 85);
  assert.doesNotMatch(shown, /[\p{C}\p{Zl}\p{Zp}]|\]\(|\$\(|:\/\/|www\.|@\w/u);
  assert.match(shown, /^a b\uFFFD\[31m\uFFFD /);
  const lines = hoverLines(
    counted((s) => {
      s.triggers.next = Array.from({ length: 10 }, () => ({ label: hostile, due_at: hostile }));
      s.problems = Array.from({ length: 1000 }, () => hostile);
      s.fleet = { ...exampleFleet(), missing: s.problems, others_told_until: hostile };
      s.session.start_time = hostile;
    }),
  );
  assert.ok(lines.length < 20);
  assert.ok(lines.every((line) => line.length < 200));
});
