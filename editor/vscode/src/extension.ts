// What the editor calls.

import { homedir } from "node:os";

import * as vscode from "vscode";

import { registerCommands } from "./commands/register";
import { locate } from "./locate";
import { showNotices } from "./notices/notices";
import { reportPresence } from "./presence/presence";
import { watchState } from "./state/watch";
import { StatusBar } from "./view/statusBar";

/** Show the tracker and report presence to it. Elsewhere than on Linux there is no tracker. */
export function activate(context: vscode.ExtensionContext): void {
  const uid = process.getuid?.();
  if (process.platform !== "linux" || uid === undefined) {
    return;
  }
  const here = { environment: process.env, home: homedir(), uid, root: "/" };
  const directory = (): string => {
    const setting = vscode.workspace.getConfiguration("codespaceTracker").get("directory", "");
    return locate(setting, here);
  };
  const bar = new StatusBar();
  const notices = showNotices(context.globalStorageUri.fsPath);
  const watch = watchState(directory, (state) => {
    bar.draw(state);
    notices.update(state.kind === "counted" ? state.status.notices : []);
  });
  context.subscriptions.push(
    bar,
    watch,
    notices,
    registerCommands({ directory, here, look: () => watch.look() }),
    reportPresence(directory, logger(context)),
  );
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
