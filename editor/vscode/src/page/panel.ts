// The page in a tab of the editor: the same file that a browser shows, without scripts.

import * as vscode from "vscode";

import { call, say } from "../commands/call";
import type { Place } from "../commands/register";
import { readOwn } from "../ownFile";
import { watchFile } from "../state/watch";
import { plain } from "../view/plain";
import { PAGE, guarded } from "./guard";

const NAME = "page.html";
const REASON = 120; // characters

let shown: vscode.WebviewPanel | undefined;

/** Have the page written, and show it. It is read again whenever the file changes. */
export async function openPage(place: Place): Promise<void> {
  await call(place, "the page is written", ["page"]);
  const directory = place.directory();
  const html = await read(directory);
  if (html === undefined) {
    return;
  }
  if (shown !== undefined) {
    shown.webview.html = html;
    shown.reveal();
    return;
  }
  const panel = vscode.window.createWebviewPanel(
    PAGE,
    "Codespace Tracker",
    vscode.ViewColumn.Active,
    { enableScripts: false, enableForms: false, enableCommandUris: false, localResourceRoots: [] },
  );
  shown = panel;
  panel.webview.html = html;
  const renew = (): void => {
    void read(directory, () => undefined).then((now) => {
      if (now !== undefined && shown === panel && panel.webview.html !== now) {
        panel.webview.html = now;
      }
    });
  };
  const events = watchFile(directory, NAME, renew);
  panel.onDidChangeViewState(renew); // an event may have been lost meanwhile
  panel.onDidDispose(() => {
    events.dispose();
    shown = undefined;
  });
}

/** The page as it is shown; undefined where there is none, which `tell` is told. */
async function read(
  directory: string,
  tell: (text: string) => void = say,
): Promise<string | undefined> {
  const found = await readOwn(directory, NAME);
  if (found.kind === "read") {
    return guarded(found.text);
  }
  tell(
    found.kind === "refused"
      ? `The page is not shown: ${plain(found.why, REASON)}.`
      : "There is no page yet.",
  );
  return undefined;
}
