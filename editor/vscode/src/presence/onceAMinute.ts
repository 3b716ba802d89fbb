// Touching `activity` at most once a minute, without forgetting the last sign in it.

import { CLOCK, MINUTE, type Clock } from "../clock";

/**
 * Acts at a first sign at once. If more come within a minute, it acts once more when the minute is
 * over: the tracker counts from the last touch, and must not count from one that came before the last
 * sign by more than its own slack.
 */
export class OnceAMinute {
  private actedAt = -Infinity;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly act: () => void,
    private readonly clock: Clock = CLOCK,
  ) {}

  /** A person has done something, the last time `ago` ms ago or earlier. */
  sign(ago = 0): void {
    if (this.cancel !== undefined || this.actedAt >= this.clock.now() - ago) {
      return; // it will act, or has acted since
    }
    const wait = this.actedAt + MINUTE - this.clock.now();
    if (wait <= 0) {
      this.go();
    } else {
      this.cancel = this.clock.later(wait, () => {
        this.go();
      });
    }
  }

  dispose(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private go(): void {
    this.cancel = undefined;
    this.actedAt = this.clock.now();
    this.act();
  }
}
