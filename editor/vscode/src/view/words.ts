// What is shown of the tracker's state, in words.

import type { State } from "../state/follower";
import type { Month, Pace, Presence, Status, Upcoming } from "../state/status";
import { plain } from "./plain";

/** How urgent it is: by the parts of the quota at which `quota --warn` warns. */
export type Level = "none" | "warning" | "error";

const LABEL = 40; // characters of a name that others gave
const PROBLEM = 80;
const MISSING = 190;
const MOST = 3; // of triggers, problems, and things that are missing
const HOUR = 3_600_000_000; // µs
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The text of the status bar. */
export function barText(state: State): string {
  if (state.kind === "counted") {
    if (!state.isRunning) {
      return "$(circle-slash) not running";
    }
    const { session, month } = state.status;
    const share = month.percent === null ? "" : ` · ${String(Math.round(month.percent))} %`;
    return `$(watch) ${length(session.running_us)}${share}`;
  }
  return state.kind === "absent" ? "$(watch) no tracker" : "$(warning) tracker";
}

/** How urgent what the status bar shows is. */
export function level(state: State): Level {
  if (state.kind === "unreadable") {
    return "warning";
  }
  if (state.kind === "absent" || !state.isRunning) {
    return "none";
  }
  const percent = state.status.month.percent ?? 0;
  return percent >= 90 ? "error" : percent >= 75 ? "warning" : "none";
}

/** The lines of the hover. */
export function hoverLines(state: State): string[] {
  if (state.kind === "absent") {
    return ["codespace-tracker is not set up here.", "Click to see how to install it."];
  }
  if (state.kind === "unreadable") {
    return [
      `The state cannot be shown: ${plain(state.why, 2 * PROBLEM)}.`,
      "Run `codespace-tracker doctor` in a terminal.",
    ];
  }
  const { status, isRunning } = state;
  return [
    ...(isRunning ? [] : [`Not running, since ${moment(status.session.last_seen, "")}. Click to start.`]),
    ...sessionLines(status),
    monthLine(status.month),
    ...fleetLines(status),
    ...paceLines(status.month),
    presenceLine(status.presence, isRunning, status.written_at),
    ...triggerLines(status, isRunning),
    ...status.problems.slice(0, MOST).map((one) => `Problem: ${plain(one, PROBLEM)}`),
  ];
}

/** A length of time (µs) as status.json's own texts have it: `47s`, `12m`, `3h 05m`. */
export function length(us: number): string {
  const minutes = Math.floor(us / 60_000_000);
  if (minutes < 1) {
    return `${String(Math.max(0, Math.floor(us / 1_000_000)))}s`;
  }
  const rest = String(minutes % 60).padStart(2, "0");
  return minutes < 60 ? `${String(minutes)}m` : `${String(Math.floor(minutes / 60))}h ${rest}m`;
}

function sessionLines({ session, today, unattended }: Status): string[] {
  const alone = unattended.today_us > 0 ? `, ${length(unattended.today_us)} unattended` : "";
  const since = moment(session.start_time, session.last_seen);
  return [
    `Session ${String(session.number)}: ${length(session.running_us)}, since ${since}`,
    `Today: ${length(today.running_us)}${alone}`,
  ];
}

function monthLine(month: Month): string {
  const name = month.other_codespaces_core_hours === null ? "Month" : "Month, all codespaces";
  const used = `${month.at_least ? "at least " : ""}${amount(month.core_hours)}`;
  if (month.quota_core_hours === null) {
    return `${name}: ${used} core-hours, no quota`;
  }
  const share = month.percent === null ? "" : ` (${String(Math.round(month.percent))} %)`;
  return `${name}: ${used} of ${amount(month.quota_core_hours)} core-hours${share}`;
}

/** This codespace beside the others, and what is not known of them. */
function fleetLines({ fleet, written_at }: Status): string[] {
  if (fleet === null) {
    return [];
  }
  const others = fleet.codespaces - 1 - fleet.not_accepted;
  const told = fleet.others_told_until;
  const last = told === null ? "" : `, last report ${moment(told, written_at)}`;
  const here = `This one: ${amount(fleet.month_here_core_us / HOUR)} core-hours`;
  return [
    ...(others > 0 ? [`${here}; ${String(others)} other${others > 1 ? "s" : ""}${last}`] : []),
    ...(fleet.missing.length > 0 ? [plain(fleet.missing.slice(0, MOST).join(" "), MISSING)] : []),
  ];
}

function paceLines({ pace, quota_core_hours }: Month): string[] {
  const hasQuota = quota_core_hours !== null;
  const lines = [
    ...paceLine("Last 7 days", pace.week, hasQuota),
    ...paceLine("This month", pace.month, hasQuota),
  ];
  return lines.length > 0 ? lines : ["Pace: known after a day"];
}

function paceLine(name: string, pace: Pace | null, hasQuota: boolean): string[] {
  if (pace === null) {
    return [];
  }
  const end = pace.lasts_until;
  const until = !hasQuota ? "" : end === null ? ", the quota lasts" : `, lasts until ${day(end)}`;
  return [`${name}: ${amount(pace.core_hours_a_day)} core-hours a day${until}`];
}

function presenceLine({ state, since }: Presence, isRunning: boolean, now: string): string {
  if (!isRunning || since === null || (state !== "present" && state !== "absent")) {
    return "Presence: not known";
  }
  return state === "present"
    ? `Presence: someone is there, last sign ${moment(since, now)}`
    : `Presence: no one since ${moment(since, now)}`;
}

function triggerLines({ triggers, written_at }: Status, isRunning: boolean): string[] {
  const next = isRunning ? triggers.next.slice(0, MOST) : [];
  return [
    ...triggers.running.slice(0, MOST).map(({ label }) => `Runs now: ${plain(label, LABEL)}`),
    ...next.map((one: Upcoming) => `Next: ${plain(one.label, LABEL)}, ${moment(one.due_at, written_at)}`),
  ];
}

function amount(hours: number): string {
  return String(Math.round(hours * 10) / 10);
}

/** A moment of status.json: only the time on the day of `now`, which is in the same time zone. */
function moment(iso: string, now: string): string {
  const clock = /T(\d\d:\d\d)/.exec(iso)?.[1] ?? "?";
  return iso.slice(0, 10) === now.slice(0, 10) ? clock : `${day(iso)}, ${clock}`;
}

function day(iso: string): string {
  const [, month, date] = /^\d+-(\d\d)-(\d\d)T/.exec(iso) ?? [];
  return `${String(Number(date ?? 0))} ${MONTHS[Number(month ?? 0) - 1] ?? "?"}`;
}
