"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.showDocument = showDocument;
const vscode = require("vscode");
const printed_1 = require("./printed");
const SCHEME = "codespace-tracker";
let printed;
async function showDocument(name) {
    printed ??= provided();
    const hear = printed.begin(name);
    const document = await vscode.workspace.openTextDocument(addressOf(name));
    await vscode.window.showTextDocument(document, { preserveFocus: true, preview: false });
    return hear;
}
function provided() {
    const changed = new vscode.EventEmitter();
    const texts = new printed_1.Printed((name) => {
        changed.fire(addressOf(name));
    });
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: changed.event,
        provideTextDocumentContent: (uri) => texts.text(uri.path.slice(1)),
    });
    return texts;
}
function addressOf(name) {
    return vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
}
