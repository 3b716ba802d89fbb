// What makes the follower look: the editor's events, and a window that is used again.

import * as vscode from "vscode";

import { CLOCK } from "../clock";
import { readOwn } from "../ownFile";
import { Follower, type State } from "./follower";

const NAME = "status.json";

/** Follows the state directory, also when it becomes another one. */
export interface Watch extends vscode.Disposable {
  /** Read now. */
  look(): Promise<void>;
}

/** Tell the state of the tracker now and whenever it changes, until it is disposed of. */
export function watchState(directory: () => string, tell: (state: State) => void): Watch {
  let watched = "";
  let events: vscode.Disposable | undefined;
  const look = (): void => void follower.look();
  const follower = new Follower(
    (before) => {
      const now = directory(); // another one may have been recorded
      if (now !== watched) {
        watched = now;
        events?.dispose();
        events = watchFile(now, NAME, look);
        return readOwn(now, NAME);
      }
      return readOwn(now, NAME, before);
    },
    tell,
    CLOCK,
  );
  const listeners = [
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) {
        look();
      }
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("codespaceTracker")) {
        look();
      }
    }),
  ];
  follower.start();
  return {
    look: () => follower.look(),
    dispose: () => {
      follower.dispose();
      events?.dispose();
      vscode.Disposable.from(...listeners).dispose();
    },
  };
}

/**
 * Call when a file of a folder changes. The pattern is the name alone: one that looks into folders
 * would tell a replaced file as created. An event may come late or never (module `follower`).
 */
export function watchFile(folder: string, name: string, call: () => void): vscode.Disposable {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), name);
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  watcher.onDidCreate(call);
  watcher.onDidChange(call);
  watcher.onDidDelete(call);
  return watcher;
}
