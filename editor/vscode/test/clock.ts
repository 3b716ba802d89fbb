// A clock that goes when a test says so.

import type { Clock } from "../src/clock";

export class ManualClock implements Clock {
  private at = 0;
  private calls: { at: number; call: () => void }[] = [];

  now = (): number => this.at;

  later = (ms: number, call: () => void): (() => void) => {
    const entry = { at: this.at + ms, call };
    this.calls.push(entry);
    return () => {
      this.calls = this.calls.filter((one) => one !== entry);
    };
  };

  /** Go on to an instant (ms), through all calls that are due by then. */
  goTo(until: number): void {
    for (;;) {
      const due = this.calls.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this.calls = this.calls.filter((one) => one !== due);
      this.at = due.at;
      due.call();
    }
    this.at = until;
  }

  /** How many calls are to come. */
  get waiting(): number {
    return this.calls.length;
  }
}

/** Let promises that are settled be acted upon. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
