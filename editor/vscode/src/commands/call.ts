// Calling the tracker's command for a person: whether that may be, and what is shown of it.

import * as vscode from "vscode";

import { findProgram } from "../program/find";
import { run, type Outcome } from "../program/run";
import { plain } from "../view/plain";
import { showDocument } from "./document";
import type { Place } from "./register";

const SAID = 300; // characters of what a program said
const SECOND = 1000;

/** How long a command may take, in ms. */
export const QUICK = 60 * SECOND;
export const SCRIPT = 3600 * SECOND;

/** Say something, and offer nothing. */
export function say(text: string): void {
  void vscode.window.showInformationMessage(text);
}

/** The program, if one may be started; else it is said why not. */
function permitted(place: Place): string | undefined {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showWarningMessage(
      "Codespace Tracker starts no program in a folder that you do not trust. Trust the folder first.",
    );
    return undefined;
  }
  const program = findProgram(place.here);
  if ("path" in program) {
    return program.path;
  }
  void vscode.window.showErrorMessage(`Codespace Tracker: ${program.why}.`);
  return undefined;
}

/**
 * Call the command with these words and, unless told otherwise, the state directory. It is shown
 * that it runs, a failure is said, and a person can end it where it may take longer.
 *
 * Undefined where it failed or may not be started.
 */
export async function call(
  place: Place,
  title: string,
  words: readonly string[],
  { limit = QUICK, hear, anyCode = false, last = [] }: CallOptions = {},
): Promise<Outcome | undefined> {
  const program = permitted(place);
  if (program === undefined) {
    return undefined;
  }
  const all = [...words, "--dir", place.directory(), ...last];
  const outcome = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Codespace Tracker: ${title}`,
      cancellable: limit > QUICK,
    },
    (_, token) => {
      const running = run(program, words[0] === "stop-codespace" ? words : all, limit, hear);
      token.onCancellationRequested(running.stop);
      return running.ended;
    },
  );
  await place.look();
  if (outcome.code === 0 || (anyCode && outcome.code !== null)) {
    return outcome;
  }
  const said = plain(outcome.err.trim() || outcome.out.trim() || "it was ended", SAID);
  const why = outcome.tookTooLong ? `took longer than ${String(limit / SECOND)} s` : said;
  void vscode.window.showErrorMessage(`Codespace Tracker: ${title}: ${why}`);
  return undefined;
}

interface CallOptions {
  /** ms */
  readonly limit?: number;
  readonly hear?: (part: string) => void;
  /** An exit code other than 0 is no failure: what was printed says it. */
  readonly anyCode?: boolean;
  /** Words after all options. */
  readonly last?: readonly string[];
}

/** Call the command, and show what it prints as it comes, in a document of this name. */
export async function show(
  place: Place,
  name: string,
  title: string,
  words: readonly string[],
  options: CallOptions = {},
): Promise<void> {
  if (permitted(place) !== undefined) {
    const hear = await showDocument(name);
    await call(place, title, words, { ...options, hear });
  }
}
