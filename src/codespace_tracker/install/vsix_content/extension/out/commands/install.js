"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.install = install;
const vscode = require("vscode");
const find_1 = require("../program/find");
const call_1 = require("./call");
const README = "https://github.com/naksh-07/codespace-tracker#quick-start";
const SETUP = "git clone --depth 1 https://github.com/naksh-07/codespace-tracker /tmp/codespace-tracker" +
    " && bash /tmp/codespace-tracker/setup.sh";
async function install(place) {
    const isInstalled = "path" in (0, find_1.findProgram)(place.here);
    const [start, type, read] = ["Start It", "Type the Command Into a Terminal", "Open the Instructions"];
    const first = isInstalled ? start : type;
    const answer = await vscode.window.showInformationMessage(isInstalled
        ? `codespace-tracker has counted nothing in ${place.directory()} yet.`
        : "codespace-tracker is not installed on this machine.", ...(vscode.workspace.isTrusted ? [first] : []), read);
    if (answer === start) {
        await (0, call_1.call)(place, "it starts", ["start"]);
    }
    else if (answer === type) {
        const terminal = vscode.window.createTerminal("Codespace Tracker");
        terminal.show();
        terminal.sendText(SETUP, false);
    }
    else if (answer === read) {
        await vscode.env.openExternal(vscode.Uri.parse(README));
    }
}
