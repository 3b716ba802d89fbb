"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.showNotices = showNotices;
const vscode = require("vscode");
const askWindow_1 = require("../askWindow");
const clock_1 = require("../clock");
const plain_1 = require("../view/plain");
const claims_1 = require("./claims");
const herald_1 = require("./herald");
const LONGEST = 220;
function showNotices(folder) {
    const herald = new herald_1.Herald({
        hasFocus: () => vscode.window.state.focused,
        ask: askWindow_1.askWindow,
        show: (text) => {
            void vscode.window.showInformationMessage(`Codespace Tracker: ${(0, plain_1.plain)(text, LONGEST)}`);
        },
    }, new claims_1.Claims(folder), clock_1.CLOCK);
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
