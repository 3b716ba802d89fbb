// What a program prints, in a document that cannot be edited and is in no file.

import * as vscode from "vscode";

const SCHEME = "codespace-tracker";
const LONGEST = 1_000_000; // characters

/** The texts of the documents, by their addresses. */
class Texts implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  set(uri: vscode.Uri, text: string): void {
    this.texts.set(uri.toString(), text.slice(0, LONGEST));
    this.changed.fire(uri);
  }

  add(uri: vscode.Uri, part: string): void {
    this.set(uri, this.provideTextDocumentContent(uri) + part);
  }
}

let texts: Texts | undefined;

/** Show an empty document of this name; what is returned adds to its text. */
export async function showDocument(name: string): Promise<(part: string) => void> {
  if (texts === undefined) {
    texts = new Texts();
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, texts);
  }
  const shown = texts;
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
  shown.set(uri, "");
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preserveFocus: true });
  return (part) => {
    shown.add(uri, part);
  };
}
