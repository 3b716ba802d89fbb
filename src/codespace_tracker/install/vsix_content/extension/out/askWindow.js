"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.askWindow = askWindow;
const vscode = require("vscode");
const QUESTION = "codespaceTracker.isReporting";
function askWindow() {
    return vscode.commands.executeCommand("setContext", QUESTION, true);
}
