// The state of the tracker as status.json tells it: read when told to, and once a minute.

import { MINUTE, type Clock } from "../clock";
import type { Found } from "../ownFile";
import { mistake } from "./shape";
import { STATUS, type Status } from "./status";

/** What is known of the tracker. */
export type State =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "counted"; readonly status: Status; readonly isRunning: boolean };

/** How old status.json may be while a tracker runs that writes it each minute, in ms. */
const STALE = 2.5 * MINUTE;

/**
 * Reads when asked to (`look`) and each minute, and tells what changed.
 *
 * An event of the editor says that there is something new; it passes through the browser, so it
 * may never come. `read` is given the stamp of what is known.
 */
export class Follower {
  private known: State | undefined;
  private stamp = "";
  private changedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private again = false;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly read: (before: string) => Promise<Found>,
    private readonly tell: (state: State) => void,
    private readonly clock: Clock,
    private readonly wall: () => number = Date.now,
  ) {}

  start(): void {
    void this.look();
    this.cancel = this.clock.later(MINUTE, () => {
      this.start();
    });
  }

  /** Read now, or once more when what is being read has been. */
  look(): Promise<void> {
    if (this.looking !== undefined) {
      this.again = true;
      return this.looking;
    }
    this.looking = this.lookUntilDone().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  dispose(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private async lookUntilDone(): Promise<void> {
    do {
      this.again = false;
      const found = await this.read(this.stamp);
      const next = this.after(found);
      if (!isSame(next, this.known)) {
        this.known = next;
        this.tell(next);
      }
    } while (this.again as boolean);
  }

  private after(found: Found): State {
    if (found.kind === "same" && this.known?.kind === "counted") {
      const { status } = this.known;
      return { kind: "counted", status, isRunning: this.isCounting(status) };
    }
    if (found.kind === "read") {
      const status = parsed(found.text);
      if (typeof status === "string") {
        this.stamp = "";
        return { kind: "unreadable", why: `status.json: ${status}` };
      }
      this.stamp = found.stamp;
      // once, by the wall clock; from then on by one that no one sets, and that a suspend stops
      const age = Math.max(0, this.wall() - Date.parse(status.written_at));
      const isFirst = this.known === undefined;
      this.changedAt = this.clock.now() - (isFirst && age >= STALE ? age : 0);
      return { kind: "counted", status, isRunning: this.isCounting(status) };
    }
    this.stamp = "";
    return found.kind === "refused" ? { kind: "unreadable", why: found.why } : { kind: "absent" };
  }

  private isCounting({ session, tracker }: Status): boolean {
    return (
      session.state === "open" && tracker.pid > 0 && this.clock.now() - this.changedAt < STALE
    );
  }
}

/** What a text says, or what is wrong with it. */
function parsed(text: string): Status | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  return mistake(value, STATUS) ?? (value as Status);
}

function isSame(one: State, other: State | undefined): boolean {
  if (one.kind === "counted" && other?.kind === "counted") {
    return one.status === other.status && one.isRunning === other.isRunning;
  }
  if (one.kind === "unreadable" && other?.kind === "unreadable") {
    return one.why === other.why;
  }
  return one.kind === other?.kind;
}
