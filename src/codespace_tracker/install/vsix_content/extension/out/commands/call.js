"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.SCRIPT = exports.QUICK = void 0;
exports.say = say;
exports.call = call;
exports.show = show;
const vscode = require("vscode");
const find_1 = require("../program/find");
const run_1 = require("../program/run");
const plain_1 = require("../view/plain");
const document_1 = require("./document");
const SAID = 300;
const SECOND = 1000;
exports.QUICK = 60 * SECOND;
exports.SCRIPT = 3600 * SECOND;
function say(text) {
    void vscode.window.showInformationMessage(text);
}
function permitted(place) {
    if (!vscode.workspace.isTrusted) {
        void vscode.window.showWarningMessage("Codespace Tracker starts no program in a folder that you do not trust. Trust the folder first.");
        return undefined;
    }
    const program = (0, find_1.findProgram)(place.here);
    if ("path" in program) {
        return program.path;
    }
    void vscode.window.showErrorMessage(`Codespace Tracker: ${program.why}.`);
    return undefined;
}
async function call(place, title, words, { limit = exports.QUICK, hear, anyCode = false, last = [] } = {}) {
    const program = permitted(place);
    if (program === undefined) {
        return undefined;
    }
    const all = [...words, "--dir", place.directory(), ...last];
    const outcome = await vscode.window.withProgress({
        location: vscode.ProgressLocation.Notification,
        title: `Codespace Tracker: ${title}`,
        cancellable: limit > exports.QUICK,
    }, (_, token) => {
        const running = (0, run_1.run)(program, words[0] === "stop-codespace" ? words : all, limit, hear);
        token.onCancellationRequested(running.stop);
        return running.ended;
    });
    await place.look();
    if (outcome.code === 0 || (anyCode && outcome.code !== null)) {
        return outcome;
    }
    const said = (0, plain_1.plain)(outcome.err.trim() || outcome.out.trim() || "it was ended", SAID);
    const why = outcome.tookTooLong ? `took longer than ${String(limit / SECOND)} s` : said;
    void vscode.window.showErrorMessage(`Codespace Tracker: ${title}: ${why}`);
    return undefined;
}
async function show(place, name, title, words, options = {}) {
    if (permitted(place) !== undefined) {
        const hear = await (0, document_1.showDocument)(name);
        await call(place, title, words, { ...options, hear });
    }
}
