// Presence in this editor: its events, put together with who decides and who writes.

import * as vscode from "vscode";

import { askWindow } from "../askWindow";
import { CLOCK } from "../clock";
import { PAGE } from "../page/guard";
import { ACTIVITY, REPORTERS, UNKNOWN, touch } from "../touch";
import { OnceAMinute } from "./onceAMinute";
import { Reporter } from "./reporter";
import { hidesInput } from "./blindSpots";
import { Signs } from "./signs";

/** Report presence to the tracker of a state directory until it is disposed of. */
export function reportPresence(
  directory: () => string,
  log: (problem: string) => void,
): vscode.Disposable {
  const write = (file: Parameters<typeof touch>[1]): void => {
    void touch(directory(), file).then((problem) => {
      if (problem !== undefined) {
        log(problem);
      }
    });
  };
  const activity = new OnceAMinute(() => {
    write(ACTIVITY);
  });
  const { window, workspace } = vscode;
  const signs = new Signs((ago) => activity.sign(ago), CLOCK.now, window.state);
  const reporter = new Reporter(
    askWindow,
    () => {
      const isBlind = hidesInput(window.state, isWebviewInView(), vscode.extensions.all);
      write(`${REPORTERS}/${process.pid}${isBlind ? UNKNOWN : ""}`);
      signs.answered();
    },
    CLOCK,
  );
  const named = (document: vscode.TextDocument): string => document.uri.toString();
  const listeners = [
    window.onDidChangeWindowState((state) => {
      signs.changed(state, reporter.isReachable);
    }),
    window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
      signs.selected(named(textEditor.document), kind);
    }),
    window.onDidChangeTextEditorVisibleRanges(({ textEditor, visibleRanges }) => {
      signs.scrolled(named(textEditor.document), visibleRanges[0]?.start.line);
    }),
    window.onDidChangeNotebookEditorVisibleRanges(({ notebookEditor, visibleRanges }) => {
      signs.scrolled(notebookEditor.notebook.uri.toString(), visibleRanges[0]?.start);
    }),
    workspace.onDidCloseTextDocument((document) => {
      signs.closed(named(document));
    }),
    workspace.onDidCloseNotebookDocument((notebook) => {
      signs.closed(notebook.uri.toString());
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      signs.moved(named(document));
    }),
    workspace.onDidChangeNotebookDocument(({ notebook }) => {
      signs.moved(notebook.uri.toString());
    }),
    window.onDidChangeVisibleTextEditors((editors) => {
      editors.forEach(({ document, visibleRanges }) => {
        signs.shown(named(document), visibleRanges[0]?.start.line);
      });
    }),
    window.onDidChangeVisibleNotebookEditors((editors) => {
      editors.forEach(({ notebook, visibleRanges }) => {
        signs.shown(notebook.uri.toString(), visibleRanges[0]?.start);
      });
    }),
  ];
  for (const { document, visibleRanges } of window.visibleTextEditors) {
    signs.shown(named(document), visibleRanges[0]?.start.line);
  }
  reporter.start();
  return vscode.Disposable.from(activity, reporter, ...listeners);
}

/** Our own page is no such webview: no one types in it, and its only buttons are the editor's. */
function isWebviewInView(): boolean {
  return vscode.window.tabGroups.all.some(({ activeTab }) => {
    const input = activeTab?.input;
    const isPage = input instanceof vscode.TabInputWebview && input.viewType.endsWith(PAGE);
    return (
      (input instanceof vscode.TabInputWebview && !isPage) || input instanceof vscode.TabInputCustom
    );
  });
}
