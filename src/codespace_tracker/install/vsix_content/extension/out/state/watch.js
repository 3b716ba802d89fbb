"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.watchState = watchState;
exports.watchFile = watchFile;
const vscode = require("vscode");
const clock_1 = require("../clock");
const ownFile_1 = require("../ownFile");
const follower_1 = require("./follower");
const NAME = "status.json";
function watchState(directory, tell) {
    let watched = "";
    let events;
    const look = () => void follower.look();
    const follower = new follower_1.Follower((before) => {
        const now = directory();
        if (now !== watched) {
            watched = now;
            events?.dispose();
            events = watchFile(now, NAME, look);
            return (0, ownFile_1.readOwn)(now, NAME);
        }
        return (0, ownFile_1.readOwn)(now, NAME, before);
    }, tell, clock_1.CLOCK);
    const listeners = [
        vscode.window.onDidChangeWindowState(({ focused }) => {
            if (focused) {
                look();
            }
        }),
        vscode.workspace.onDidChangeConfiguration((change) => {
            if (change.affectsConfiguration("codespaceTracker")) {
                look();
            }
        }),
    ];
    follower.start();
    return {
        look: () => follower.look(),
        dispose: () => {
            follower.dispose();
            events?.dispose();
            vscode.Disposable.from(...listeners).dispose();
        },
    };
}
function watchFile(folder, name, call) {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), name);
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate(call);
    watcher.onDidChange(call);
    watcher.onDidDelete(call);
    return watcher;
}
