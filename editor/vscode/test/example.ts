// A status.json as a tracker writes it.

import { readFileSync } from "node:fs";

import type { Status } from "../src/state/status";

/** A new one, of a tracker that runs; a test may change it. */
export function example(): Changeable<Status> {
  const at = "2026-11-30T14:40:19.293+05:30";
  return {
    written_at: at,
    session: {
      session_id: "9ee5ebf5-5237-43f1-8032-8ab8a42d002f",
      number: 3,
      state: "open",
      start_time: "2026-11-30T11:28:10.496+05:30",
      end_time: null,
      last_seen: at,
      running_us: 11_529_000_000,
      cores: 2,
      minutes: 192,
      life: { boot_id: "b", pid1_start_us: 220_000, last_mono_us: 1, last_boot_us: 1 },
    },
    today: { date: "2026-11-30", hours: 3.2, running_us: 11_529_000_000, time_zone: "Asia/Kolkata" },
    total: { hours: 40.5, running_us: 145_800_000_000, session_count: 3 },
    month: {
      start: "2026-11-01T00:00:00.000+00:00",
      end: "2026-12-01T00:00:00.000+00:00",
      core_hours: 49.2,
      core_us: 177_120_000_000,
      quota_core_hours: 120,
      percent: 41.04,
      github_as_of: null,
      at_least: true,
      counts_here: true,
      known_since: "2026-11-01T00:00:00.000+00:00",
      not_on_bill_core_hours: 0,
      other_codespaces_core_hours: null,
      storage_gb_months: null,
      storage_quota_gb_months: 15,
      pace: {
        week: {
          core_hours_a_day: 4.13,
          history_days: 7,
          core_hours_at_reset: 53.3,
          lasts_until: null,
        },
        month: null,
      },
    },
    presence: { state: "present", since: "2026-11-30T14:38:00.000+05:30" },
    unattended: {
      today_us: 3_900_000_000,
      today_present_us: 7_629_000_000,
      today_unknown_us: 0,
      month_core_us: 0,
      month_core_hours: 0,
      month_present_core_us: 0,
      month_unknown_core_us: 0,
    },
    fleet: null,
    environment: { kind: "codespaces", name: "fuzzy", user: "octocat", repository: "octocat/x" },
    tracker: {
      tracker_id: "a3550582-c9d3-4d19-a177-82b7b1813496",
      version: "0.2.0",
      pid: 17,
      heartbeat_seconds: 10,
      journal_seq: 3,
    },
    triggers: {
      counts: { all: 1, enabled: 1, running: 0, queued: 0, waiting: 0 },
      next: [
        {
          label: "Back up",
          flag: "back-up",
          due_in_us: 7_200_000_000,
          due_at: "2026-11-30T16:40:00.000+05:30",
          clock: "running",
        },
      ],
      running: [],
      last: [],
    },
    notices: [],
    problems: [],
  };
}

/** The same without `readonly`. */
export type Changeable<T> = T extends readonly (infer Item)[]
  ? Changeable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Changeable<T[Key]> }
    : T;

/** The schema that docs/json has of it. */
export function schema(): unknown {
  return JSON.parse(readFileSync("../../docs/json/files/status.schema.json", "utf8"));
}
