"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.openPage = openPage;
const vscode = require("vscode");
const call_1 = require("../commands/call");
const ownFile_1 = require("../ownFile");
const watch_1 = require("../state/watch");
const plain_1 = require("../view/plain");
const guard_1 = require("./guard");
const NAME = "page.html";
const REASON = 120;
let shown;
async function openPage(place) {
    await (0, call_1.call)(place, "the page is written", ["page"]);
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
    const panel = vscode.window.createWebviewPanel(guard_1.PAGE, "Codespace Tracker", vscode.ViewColumn.Active, { enableScripts: false, enableForms: false, enableCommandUris: false, localResourceRoots: [] });
    shown = panel;
    panel.webview.html = html;
    const renew = () => {
        void read(directory, () => undefined).then((now) => {
            if (now !== undefined && shown === panel && panel.webview.html !== now) {
                panel.webview.html = now;
            }
        });
    };
    const events = (0, watch_1.watchFile)(directory, NAME, renew);
    panel.onDidChangeViewState(renew);
    panel.onDidDispose(() => {
        events.dispose();
        shown = undefined;
    });
}
async function read(directory, tell = call_1.say) {
    const found = await (0, ownFile_1.readOwn)(directory, NAME);
    if (found.kind === "read") {
        return (0, guard_1.guarded)(found.text);
    }
    tell(found.kind === "refused"
        ? `The page is not shown: ${(0, plain_1.plain)(found.why, REASON)}.`
        : "There is no page yet.");
    return undefined;
}
