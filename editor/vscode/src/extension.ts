// What the editor calls.

import { homedir } from "node:os";

import * as vscode from "vscode";

import { locate } from "./locate";
import { reportPresence } from "./presence/presence";

/** Begin to report presence. Elsewhere than on Linux there is no tracker. */
export function activate(context: vscode.ExtensionContext): void {
  const uid = process.getuid?.();
  if (process.platform !== "linux" || uid === undefined) {
    return;
  }
  const directory = (): string => {
    const setting = vscode.workspace.getConfiguration("codespaceTracker").get("directory", "");
    return locate(setting, { environment: process.env, home: homedir(), uid, root: "/" });
  };
  context.subscriptions.push(reportPresence(directory, logger(context)));
}

/** Writes each problem once, into a log that is made when it is needed. */
function logger(context: vscode.ExtensionContext): (problem: string) => void {
  let channel: vscode.LogOutputChannel | undefined;
  let last = "";
  return (problem) => {
    if (problem !== last) {
      last = problem;
      if (channel === undefined) {
        channel = vscode.window.createOutputChannel("Codespace Tracker", { log: true });
        context.subscriptions.push(channel);
      }
      channel.info(`Presence is not reported: ${problem}.`);
    }
  };
}
