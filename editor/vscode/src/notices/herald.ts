// When a notice is shown: once, in a window that someone may be looking at.

import { createHash } from "node:crypto";

import { PROMPT, type Clock } from "../clock";
import type { Notice } from "../state/status";
import type { Claims } from "./claims";

/** What the herald needs of a window. */
export interface Looks {
  hasFocus(): boolean;
  /** Answers when the window does. */
  ask(): PromiseLike<unknown>;
  show(text: string): void;
}

/**
 * Shows each notice in one window alone. A window claims it only if it has the focus and has just
 * answered: one whose browser is gone would keep it for itself. Until then it waits for the next
 * status, or for the focus (`go`).
 */
export class Herald {
  private standing: readonly Notice[] = [];
  private done = new Set<string>();
  private isAsking = false;

  constructor(
    private readonly looks: Looks,
    private readonly claims: Pick<Claims, "claim" | "tidy">,
    private readonly clock: Pick<Clock, "now">,
    private readonly wall: () => number = Date.now,
  ) {}

  /** These are the notices now. */
  update(notices: readonly Notice[]): Promise<void> {
    this.standing = notices;
    const names = new Set(notices.map(nameOf));
    this.done = new Set([...this.done].filter((name) => names.has(name)));
    return this.go();
  }

  /** Show what is to be shown, if this window may. */
  async go(): Promise<void> {
    if (this.isAsking || this.due().length === 0 || !this.looks.hasFocus()) {
      return;
    }
    this.isAsking = true;
    try {
      const asked = this.clock.now();
      await this.looks.ask();
      if (this.clock.now() - asked < PROMPT && this.looks.hasFocus()) {
        await this.showDue();
      }
    } catch {
      // the window is closing, or nothing can be claimed
    } finally {
      this.isAsking = false;
    }
  }

  private due(): readonly Notice[] {
    const now = this.wall();
    return this.standing.filter((one) => Date.parse(one.until) > now && !this.done.has(nameOf(one)));
  }

  private async showDue(): Promise<void> {
    for (const notice of this.due()) {
      const name = nameOf(notice);
      if (await this.claims.claim(name)) {
        this.looks.show(notice.text);
      }
      this.done.add(name);
    }
    await this.claims.tidy(this.done, this.wall());
  }
}

/** A name for a notice, which is another for the same text at another time. */
function nameOf({ text, at }: Notice): string {
  const content = JSON.stringify([Date.parse(at), text]);
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}
