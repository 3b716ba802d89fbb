// The tracker's notices as notifications.

import * as vscode from "vscode";

import { askWindow } from "../askWindow";
import { CLOCK } from "../clock";
import type { Notice } from "../state/status";
import { plain } from "../view/plain";
import { Claims } from "./claims";
import { Herald } from "./herald";

const LONGEST = 220; // characters: more than the tracker lets a notice have

/** Show each notice once in all windows together; what they share is in `folder`. */
export function showNotices(
  folder: string,
): vscode.Disposable & { update(notices: readonly Notice[]): void } {
  const herald = new Herald(
    {
      hasFocus: () => vscode.window.state.focused,
      ask: askWindow,
      show: (text) => {
        void vscode.window.showInformationMessage(`Codespace Tracker: ${plain(text, LONGEST)}`);
      },
    },
    new Claims(folder),
    CLOCK,
  );
  const listener = vscode.window.onDidChangeWindowState(({ focused }) => {
    if (focused) {
      void herald.go();
    }
  });
  return {
    update: (notices) => {
      void herald.update(notices);
    },
    dispose: () => {
      listener.dispose();
    },
  };
}
