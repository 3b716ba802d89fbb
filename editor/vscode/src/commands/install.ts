// What is shown where there is no tracker.

import * as vscode from "vscode";

import { findProgram } from "../program/find";
import { call } from "./call";
import type { Place } from "./register";

const README = "https://github.com/naksh-07/codespace-tracker#quick-start";
const SETUP =
  "git clone --depth 1 https://github.com/naksh-07/codespace-tracker /tmp/codespace-tracker" +
  " && bash /tmp/codespace-tracker/setup.sh";

/** Offer to show how the tracker is installed, or to start one that is. Nothing is downloaded. */
export async function install(place: Place): Promise<void> {
  const isInstalled = "path" in findProgram(place.here);
  const [start, type, read] = ["Start It", "Type the Command Into a Terminal", "Open the Instructions"];
  const first = isInstalled ? start : type;
  const answer = await vscode.window.showInformationMessage(
    isInstalled
      ? `codespace-tracker has counted nothing in ${place.directory()} yet.`
      : "codespace-tracker is not installed on this machine.",
    ...(vscode.workspace.isTrusted ? [first] : []),
    read,
  );
  if (answer === start) {
    await call(place, "it starts", ["start"]);
  } else if (answer === type) {
    const terminal = vscode.window.createTerminal("Codespace Tracker");
    terminal.show();
    terminal.sendText(SETUP, false); // a person reads it, and presses Enter
  } else if (answer === read) {
    await vscode.env.openExternal(vscode.Uri.parse(README));
  }
}
