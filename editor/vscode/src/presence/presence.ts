// Presence in this editor: its events, put together with who decides and who writes.

import * as vscode from "vscode";

import { ACTIVITY, REPORTERS, touch } from "../touch";
import { CLOCK, OnceAMinute } from "./onceAMinute";
import { Reporter } from "./reporter";
import { Signs } from "./signs";

const QUESTION = "codespaceTracker.isReporting"; // a context key, which no one needs to read

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
  const signs = new Signs(() => activity.sign(), CLOCK.now, vscode.window.state);
  const reporter = new Reporter(
    () => vscode.commands.executeCommand("setContext", QUESTION, true),
    () => {
      write(`${REPORTERS}/${process.pid}`);
      signs.answered();
    },
    CLOCK,
  );
  const { window, workspace } = vscode;
  const named = (document: vscode.TextDocument): string => document.uri.toString();
  const listeners = [
    window.onDidChangeWindowState((state) => {
      signs.changed(state, reporter.isReachable);
    }),
    window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
      signs.selected(named(textEditor.document), kind);
    }),
    window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
      signs.scrolled(named(textEditor.document));
    }),
    window.onDidChangeNotebookEditorVisibleRanges(({ notebookEditor }) => {
      signs.scrolled(notebookEditor.notebook.uri.toString());
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      signs.moved(named(document));
    }),
    workspace.onDidChangeNotebookDocument(({ notebook }) => {
      signs.moved(notebook.uri.toString());
    }),
    window.onDidChangeVisibleTextEditors((editors) => {
      editors.forEach(({ document }) => {
        signs.moved(named(document));
      });
    }),
    window.onDidChangeVisibleNotebookEditors((editors) => {
      editors.forEach(({ notebook }) => {
        signs.moved(notebook.uri.toString());
      });
    }),
  ];
  reporter.start();
  return vscode.Disposable.from(activity, reporter, ...listeners);
}
