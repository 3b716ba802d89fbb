"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.COMMANDS = void 0;
exports.registerCommands = registerCommands;
const vscode = require("vscode");
exports.COMMANDS = {
    quota: "Show the Quota",
    page: "Open the Page",
    refreshPage: "Refresh the Page",
    runTrigger: "Run a Trigger Now…",
    explainTrigger: "Explain a Trigger…",
    enableTrigger: "Enable a Trigger…",
    disableTrigger: "Disable a Trigger…",
    start: "Start the Tracker",
    stop: "Stop the Tracker",
    stopCodespace: "Stop This Codespace…",
    install: "Show How to Install the Tracker",
    menu: "Show All Commands…",
};
function registerCommands(place) {
    return vscode.Disposable.from(...Object.keys(exports.COMMANDS).map((name) => vscode.commands.registerCommand(`codespaceTracker.${name}`, () => {
        const { act } = require("./act");
        return act(name, place);
    })));
}
