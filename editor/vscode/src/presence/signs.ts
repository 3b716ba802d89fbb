// Which of an editor's events show that a person is there, and which a program may cause.

/** What the editor knows of its window. Some forks are too old for `active`. */
export interface WindowState {
  readonly focused: boolean;
  readonly active?: boolean;
}

/** How a selection changed: the values of `TextEditorSelectionChangeKind`. */
export const KEYBOARD = 1;
export const MOUSE = 2;

/** How long after a program moved a text in view its scrolling is not a person's, in ms. */
const ECHO = 1000;

/** How long a person has done nothing, at least, when the editor says so, in ms. */
const QUIET = 40_000;

/**
 * Decides what is a sign of a person.
 *
 * `window.state.active` becomes true at a key, a mouse button or a touch, and false 40 to 70 s after
 * the last one. When the browser dies or is frozen, it stays true for ever. So only what *happens*
 * counts: a change of it, or its value together with an answer of the window (`answered`).
 */
export class Signs {
  private readonly movedAt = new Map<string, number>();
  private readonly begins = new Map<string, number | undefined>();

  constructor(
    private readonly report: (ago: number) => void,
    private readonly now: () => number,
    private state: WindowState,
  ) {}

  /** The state changed. `isReachable`: the window has answered lately, so it is not a thawed one. */
  changed(state: WindowState, isReachable: boolean): void {
    const before = this.state;
    this.state = state;
    const begins = before.active === false && state.active === true;
    const leaves = before.focused && !state.focused && before.active === true;
    // they were there at most 70 s ago, and no event may have come since
    const ends = before.active === true && state.active === false && state.focused && isReachable;
    if (begins || leaves || ends) {
      this.report(ends ? QUIET : 0);
    }
  }

  /** The window has just answered: what is known of it is true now. */
  answered(): void {
    if (this.state.focused && this.state.active === true) {
      this.report(0);
    }
  }

  /** The selection in a text changed. */
  selected(document: string, kind: number | undefined): void {
    if (kind !== KEYBOARD && kind !== MOUSE) {
      this.moved(document);
    } else if (this.state.active !== false) {
      this.report(0); // an agent's `type` command looks like the keyboard, and does not make it active
    }
  }

  /**
   * The lines of a text that are in view are others now, from line `first` on. If only their end
   * moved, there is more or less room for them: a panel was opened.
   */
  scrolled(document: string, first: number | undefined): void {
    const before = this.begins.get(document);
    this.begins.set(document, first);
    const at = this.movedAt.get(document) ?? -Infinity;
    if (this.state.focused && first !== before && this.now() - at > ECHO) {
      this.report(0);
    }
  }

  /** A text was closed. */
  closed(document: string): void {
    this.begins.delete(document);
  }

  /** A text was shown, from line `first` on. */
  shown(document: string, first: number | undefined): void {
    this.begins.set(document, first);
    this.moved(document);
  }

  /** A text was changed or shown: what then comes into view was not scrolled to. */
  moved(document: string): void {
    const now = this.now();
    for (const [other, at] of this.movedAt) {
      if (now - at > ECHO) {
        this.movedAt.delete(other);
      }
    }
    this.movedAt.set(document, now);
  }
}
