// What a program prints, in a document that cannot be edited and is in no file.

import * as vscode from "vscode";

import { Printed } from "./printed";

const SCHEME = "codespace-tracker";

let printed: Printed | undefined;

/** Show an empty document of this name; what is returned adds to its text. */
export async function showDocument(name: string): Promise<(part: string) => void> {
  printed ??= provided();
  const hear = printed.begin(name);
  const document = await vscode.workspace.openTextDocument(addressOf(name));
  await vscode.window.showTextDocument(document, { preserveFocus: true, preview: false });
  return hear;
}

function provided(): Printed {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const texts = new Printed((name) => {
    changed.fire(addressOf(name));
  });
  vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.text(uri.path.slice(1)),
  });
  return texts;
}

function addressOf(name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
}
