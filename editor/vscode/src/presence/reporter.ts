// The report that this window can be reached, so that silence means that no one is in it.

import { MINUTE, PROMPT, type Clock } from "../clock";

const TRIES = 3; // in a minute

/**
 * Reports once at the start and then each minute, if the window answers promptly.
 *
 * A window that answers late is asked again when it does: the machine may have been busy. One that
 * never answers (its browser is dead or frozen) is not asked twice, however long that takes.
 */
export class Reporter {
  private asking = false;
  private answeredAt = -Infinity;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly ask: () => PromiseLike<unknown>,
    private readonly report: () => void,
    private readonly clock: Clock,
  ) {}

  start(): void {
    void this.round();
    this.cancel = this.clock.later(MINUTE, () => {
      this.start();
    });
  }

  /** Whether the window has answered promptly in the last two minutes. */
  get isReachable(): boolean {
    return this.clock.now() - this.answeredAt < 2 * MINUTE + PROMPT;
  }

  dispose(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private async round(): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    try {
      for (let n = 0; n < TRIES; n += 1) {
        const asked = this.clock.now();
        await this.ask();
        if (this.clock.now() - asked < PROMPT) {
          this.answeredAt = this.clock.now();
          this.report();
          return;
        }
      }
    } catch {
      // the window is closing
    } finally {
      this.asking = false;
    }
  }
}
