"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.activate = activate;
const node_os_1 = require("node:os");
const vscode = require("vscode");
const register_1 = require("./commands/register");
const locate_1 = require("./locate");
const notices_1 = require("./notices/notices");
const presence_1 = require("./presence/presence");
const watch_1 = require("./state/watch");
const statusBar_1 = require("./view/statusBar");
function activate(context) {
    const uid = process.getuid?.();
    if (process.platform !== "linux" || uid === undefined) {
        return;
    }
    const here = { environment: process.env, home: (0, node_os_1.homedir)(), uid, root: "/" };
    const directory = () => {
        const setting = vscode.workspace.getConfiguration("codespaceTracker").get("directory", "");
        return (0, locate_1.locate)(setting, here);
    };
    const bar = new statusBar_1.StatusBar();
    const notices = (0, notices_1.showNotices)(context.globalStorageUri.fsPath);
    const watch = (0, watch_1.watchState)(directory, (state) => {
        bar.draw(state);
        notices.update(state.kind === "counted" ? state.status.notices : []);
    });
    context.subscriptions.push(bar, watch, notices, (0, register_1.registerCommands)({ directory, here, look: () => watch.look() }), (0, presence_1.reportPresence)(directory, logger(context)));
}
function logger(context) {
    let channel;
    let last = "";
    return (problem) => {
        if (problem !== last) {
            last = problem;
            if (channel === undefined) {
                channel = vscode.window.createOutputChannel("Codespace Tracker", { log: true });
                context.subscriptions.push(channel);
            }
            channel.info(`Presence is not reported: ${problem}.`);
        }
    };
}
