// The item in the status bar, and its hover.

import * as vscode from "vscode";

import type { State } from "../state/follower";
import { barText, hoverLines, level } from "./words";

const COLOURS = {
  none: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

/** Show an item that `draw` brings up to date. */
export class StatusBar {
  private readonly item = vscode.window.createStatusBarItem(
    "codespaceTracker",
    vscode.StatusBarAlignment.Left,
    -1,
  );

  constructor() {
    this.item.name = "Codespace Tracker";
  }

  draw(state: State): void {
    const text = barText(state);
    this.item.text = text;
    this.item.backgroundColor = COLOURS[level(state)];
    this.item.command = click(state);
    this.item.tooltip = hover(hoverLines(state));
    const spoken = text.replace(/\$\([a-z-]+\) /, "");
    this.item.accessibilityInformation = { label: `Codespace Tracker: ${spoken}` };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

function click(state: State): string {
  if (state.kind === "absent") {
    return "codespaceTracker.install";
  }
  const isStopped = state.kind === "counted" && !state.isRunning;
  return isStopped ? "codespaceTracker.start" : "codespaceTracker.menu";
}

/** What others may have written is in it, so it is text and nothing else: no link, image or HTML. */
function hover(lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = false;
  text.supportHtml = false;
  text.appendText(lines.join("\n"));
  return text;
}
