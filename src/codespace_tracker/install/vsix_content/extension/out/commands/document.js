"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.showDocument = showDocument;
const vscode = require("vscode");
const SCHEME = "codespace-tracker";
const LONGEST = 1_000_000;
class Texts {
    changed = new vscode.EventEmitter();
    onDidChange = this.changed.event;
    texts = new Map();
    provideTextDocumentContent(uri) {
        return this.texts.get(uri.toString()) ?? "";
    }
    set(uri, text) {
        this.texts.set(uri.toString(), text.slice(0, LONGEST));
        this.changed.fire(uri);
    }
    add(uri, part) {
        this.set(uri, this.provideTextDocumentContent(uri) + part);
    }
}
let texts;
async function showDocument(name) {
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
