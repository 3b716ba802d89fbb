"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.StatusBar = void 0;
const vscode = require("vscode");
const words_1 = require("./words");
const COLOURS = {
    none: undefined,
    warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
    error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};
class StatusBar {
    item = vscode.window.createStatusBarItem("codespaceTracker", vscode.StatusBarAlignment.Left, -1);
    constructor() {
        this.item.name = "Codespace Tracker";
    }
    draw(state) {
        const text = (0, words_1.barText)(state);
        this.item.text = text;
        this.item.backgroundColor = COLOURS[(0, words_1.level)(state)];
        this.item.command = click(state);
        this.item.tooltip = hover((0, words_1.hoverLines)(state));
        const spoken = text.replace(/\$\([a-z-]+\) /, "");
        this.item.accessibilityInformation = { label: `Codespace Tracker: ${spoken}` };
        this.item.show();
    }
    dispose() {
        this.item.dispose();
    }
}
exports.StatusBar = StatusBar;
function click(state) {
    if (state.kind === "absent") {
        return "codespaceTracker.install";
    }
    const isStopped = state.kind === "counted" && !state.isRunning;
    return isStopped ? "codespaceTracker.start" : "codespaceTracker.menu";
}
function hover(lines) {
    const text = new vscode.MarkdownString();
    text.isTrusted = false;
    text.supportHtml = false;
    text.appendText(lines.join("\n"));
    return text;
}
