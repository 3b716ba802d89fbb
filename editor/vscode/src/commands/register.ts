// The commands of the extension. What they do is loaded when one is called.

import * as vscode from "vscode";

import type { Surroundings } from "../locate";

/** What commands act upon. */
export interface Place {
  /** The state directory. */
  directory(): string;
  readonly here: Surroundings;
  /** Bring the status bar up to date. */
  look(): Promise<void>;
}

/** The commands, with what the pick list calls them. */
export const COMMANDS = {
  quota: "Show the Quota",
  page: "Open the Page",
  refreshPage: "Refresh the Page",
  runTrigger: "Run a Trigger Now…",
  explainTrigger: "Explain a Trigger…",
  enableTrigger: "Enable a Trigger…",
  disableTrigger: "Disable a Trigger…",
  start: "Start the Tracker",
  stop: "Stop the Tracker",
  stopCodespace: "Stop This Codespace…",
  install: "Show How to Install the Tracker",
  menu: "Show All Commands…",
} as const;

export type Name = keyof typeof COMMANDS;

/** Register all of them. */
export function registerCommands(place: Place): vscode.Disposable {
  return vscode.Disposable.from(
    ...(Object.keys(COMMANDS) as Name[]).map((name) =>
      vscode.commands.registerCommand(`codespaceTracker.${name}`, () => {
        const { act } = require("./act") as typeof import("./act");
        return act(name, place);
      }),
    ),
  );
}
