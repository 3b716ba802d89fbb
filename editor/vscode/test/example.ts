// A status.json as a tracker writes it.

import type { FleetNow, Status } from "../src/state/status";

/** The part of a new one that is read, of a tracker that runs; a test may change it. */
export function example(): Changeable<Status> {
  const at = "2026-11-30T14:40:19.293+05:30";
  return {
    written_at: at,
    session: {
      number: 3,
      state: "open",
      start_time: "2026-11-30T11:28:10.496+05:30",
      last_seen: at,
      running_us: 11_529_000_000,
    },
    today: { running_us: 11_529_000_000 },
    month: {
      core_hours: 49.2,
      quota_core_hours: 120,
      percent: 41.04,
      at_least: true,
      other_codespaces_core_hours: null,
      pace: { week: { core_hours_a_day: 4.13, lasts_until: null }, month: null },
    },
    presence: { state: "present", since: "2026-11-30T14:38:00.000+05:30" },
    unattended: { today_us: 3_900_000_000 },
    fleet: null,
    tracker: { pid: 17 },
    triggers: { next: [{ label: "Back up", due_at: "2026-11-30T16:40:00.000+05:30" }], running: [] },
    notices: [],
    problems: [],
  };
}

/** What it has of three other codespaces, one of which does not count. */
export function exampleFleet(): Changeable<FleetNow> {
  return {
    codespaces: 4,
    not_accepted: 1,
    others_told_until: "2026-11-30T14:21:00.000+05:30",
    month_here_core_us: 44_280_000_000,
    missing: [
      "1 codespace has not reported since Fri 27 Nov 09:10.",
      "Up to 30 min of each other codespace that runs is missing.",
      "1 codespace does not count yet: codespace-tracker fleet accept",
    ],
  };
}

/** The same without `readonly`. */
export type Changeable<T> = T extends readonly (infer Item)[]
  ? Changeable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Changeable<T[Key]> }
    : T;
