// What each command does.

import * as vscode from "vscode";

import { openPage } from "../page/panel";
import { call, say, show } from "./call";
import { install } from "./install";
import { COMMANDS, type Name, type Place } from "./register";
import { explainTrigger, runTrigger, switchTrigger } from "./triggers";

const ACTIONS: Readonly<Record<Name, (place: Place) => Promise<void>>> = {
  start: async (place) => {
    await call(place, "it starts", ["start"]);
  },
  stop: async (place) => {
    if ((await call(place, "it stops", ["stop"])) !== undefined) {
      say("The tracker was stopped. The codespace or machine keeps running.");
    }
  },
  quota: (place) => show(place, "Quota", "the quota is summed up", ["quota"]),
  page: openPage,
  refreshPage: openPage,
  runTrigger,
  explainTrigger,
  enableTrigger: (place) => switchTrigger(place, true),
  disableTrigger: (place) => switchTrigger(place, false),
  stopCodespace,
  install,
  menu,
};

/** Do what a command of this name is for. */
export async function act(name: Name, place: Place): Promise<void> {
  await ACTIONS[name](place);
}

async function stopCodespace(place: Place): Promise<void> {
  const stop = "Stop It";
  const answer = await vscode.window.showWarningMessage(
    "Stop this codespace?",
    { modal: true, detail: "Everything that runs in it ends. Unsaved changes in editors are lost." },
    stop,
  );
  if (answer === stop) {
    await call(place, "the codespace is stopped", ["stop-codespace"]);
  }
}

async function menu(place: Place): Promise<void> {
  const items = (Object.keys(COMMANDS) as Name[])
    .filter((name) => name !== "menu" && name !== "refreshPage")
    .map((name) => ({ label: COMMANDS[name], name }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: "Codespace Tracker" });
  if (chosen !== undefined) {
    await act(chosen.name, place);
  }
}
