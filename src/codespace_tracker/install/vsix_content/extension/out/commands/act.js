"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.act = act;
const vscode = require("vscode");
const panel_1 = require("../page/panel");
const call_1 = require("./call");
const install_1 = require("./install");
const register_1 = require("./register");
const triggers_1 = require("./triggers");
const ACTIONS = {
    start: async (place) => {
        await (0, call_1.call)(place, "it starts", ["start"]);
    },
    stop: async (place) => {
        if ((await (0, call_1.call)(place, "it stops", ["stop"])) !== undefined) {
            (0, call_1.say)("The tracker was stopped. The codespace or machine keeps running.");
        }
    },
    quota: (place) => (0, call_1.show)(place, "Quota", "the quota is summed up", ["quota"]),
    page: panel_1.openPage,
    refreshPage: panel_1.openPage,
    runTrigger: triggers_1.runTrigger,
    explainTrigger: triggers_1.explainTrigger,
    enableTrigger: (place) => (0, triggers_1.switchTrigger)(place, true),
    disableTrigger: (place) => (0, triggers_1.switchTrigger)(place, false),
    stopCodespace,
    install: install_1.install,
    menu,
};
async function act(name, place) {
    await ACTIONS[name](place);
}
async function stopCodespace(place) {
    const stop = "Stop It";
    const answer = await vscode.window.showWarningMessage("Stop this codespace?", { modal: true, detail: "Everything that runs in it ends. Unsaved changes in editors are lost." }, stop);
    if (answer === stop) {
        await (0, call_1.call)(place, "the codespace is stopped", ["stop-codespace"]);
    }
}
async function menu(place) {
    const items = Object.keys(register_1.COMMANDS)
        .filter((name) => name !== "menu" && name !== "refreshPage")
        .map((name) => ({ label: register_1.COMMANDS[name], name }));
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: "Codespace Tracker" });
    if (chosen !== undefined) {
        await act(chosen.name, place);
    }
}
