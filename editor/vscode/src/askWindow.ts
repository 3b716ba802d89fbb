// Whether someone may be in front of this window: it answers, and at once.

import * as vscode from "vscode";

const QUESTION = "codespaceTracker.isReporting"; // a context key, which no one needs to read

/**
 * Ask the part of the editor that a person sees. A window whose browser is dead or frozen never
 * answers, and one that is hidden does late, though both may say that they have the focus.
 */
export function askWindow(): PromiseLike<unknown> {
  return vscode.commands.executeCommand("setContext", QUESTION, true);
}
