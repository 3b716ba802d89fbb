"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.runTrigger = runTrigger;
exports.explainTrigger = explainTrigger;
exports.switchTrigger = switchTrigger;
const vscode = require("vscode");
const plain_1 = require("../view/plain");
const call_1 = require("./call");
const LABEL = 80;
const WHEN = 120;
let runs = 0;
async function runTrigger(place) {
    const label = await pick(place, "Which trigger is to run now?");
    if (label !== undefined) {
        runs += 1;
        const name = `Run ${String(runs)} of ${(0, plain_1.plain)(label, LABEL).replaceAll("/", "\u2215")}`;
        await (0, call_1.show)(place, name, "the script runs", ["triggers", "run"], {
            limit: call_1.SCRIPT,
            anyCode: true,
            last: ["--", label],
        });
    }
}
async function explainTrigger(place) {
    const label = await pick(place, "Which trigger is to be explained?");
    if (label !== undefined) {
        await (0, call_1.show)(place, "Trigger", "a trigger is explained", ["triggers", "explain"], {
            last: ["--", label],
        });
    }
}
async function switchTrigger(place, on) {
    const verb = on ? "enable" : "disable";
    const label = await pick(place, `Which trigger is to be ${verb}d?`, !on);
    if (label === undefined) {
        return;
    }
    const done = await (0, call_1.call)(place, `a trigger is ${verb}d`, ["triggers", verb], {
        last: ["--", label],
    });
    if (done !== undefined) {
        (0, call_1.say)(`${(0, plain_1.plain)(label, LABEL)} is ${verb}d.`);
    }
}
async function pick(place, question, enabled) {
    const listed = await (0, call_1.call)(place, "triggers are listed", ["triggers", "list", "--json"]);
    if (listed === undefined) {
        return undefined;
    }
    const found = triggersIn(listed.out).filter((one) => enabled === undefined || one.enabled === enabled);
    if (found.length === 0) {
        const kind = enabled === undefined ? "" : enabled ? " enabled" : " disabled";
        (0, call_1.say)(`There is no${kind} trigger. They are in trigger_config.json.`);
        return undefined;
    }
    const items = found.map((one) => ({
        label: (0, plain_1.plain)(one.label, LABEL),
        description: one.enabled ? "" : "disabled",
        detail: (0, plain_1.plain)(one.when, WHEN),
        chosen: one.label,
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder: question }))?.chosen;
}
function triggersIn(text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch {
        return [];
    }
    return Array.isArray(value) ? value.filter(isTrigger) : [];
}
function isTrigger(one) {
    const { label, when, enabled } = (one ?? {});
    return typeof label === "string" && typeof when === "string" && typeof enabled === "boolean";
}
