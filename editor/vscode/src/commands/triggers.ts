// A trigger from a pick list, and what is done with it.

import * as vscode from "vscode";

import { plain } from "../view/plain";
import { call, say, SCRIPT, show } from "./call";
import type { Place } from "./register";

const LABEL = 80; // characters
const WHEN = 120;

let runs = 0;

interface Trigger {
  readonly label: string;
  readonly when: string;
  readonly enabled: boolean;
}

/**
 * Show a run, as written in the file now. Each has a document of its own: the one before may still
 * go on, or not be read yet.
 */
export async function runTrigger(place: Place): Promise<void> {
  const label = await pick(place, "Which trigger is to run now?");
  if (label !== undefined) {
    runs += 1;
    const name = `Run ${String(runs)} of ${plain(label, LABEL).replaceAll("/", "\u2215")}`;
    await show(place, name, "the script runs", ["triggers", "run"], {
      limit: SCRIPT,
      anyCode: true,
      last: ["--", label],
    });
  }
}

/** Show why a trigger has run or not. */
export async function explainTrigger(place: Place): Promise<void> {
  const label = await pick(place, "Which trigger is to be explained?");
  if (label !== undefined) {
    await show(place, "Trigger", "a trigger is explained", ["triggers", "explain"], {
      last: ["--", label],
    });
  }
}

/** Enable a trigger that is disabled, or the other way round. */
export async function switchTrigger(place: Place, on: boolean): Promise<void> {
  const verb = on ? "enable" : "disable";
  const label = await pick(place, `Which trigger is to be ${verb}d?`, !on);
  if (label === undefined) {
    return;
  }
  const done = await call(place, `a trigger is ${verb}d`, ["triggers", verb], {
    last: ["--", label],
  });
  if (done !== undefined) {
    say(`${plain(label, LABEL)} is ${verb}d.`);
  }
}

/** The label that a person picks; of the triggers that are enabled or not, or of all. */
async function pick(
  place: Place,
  question: string,
  enabled?: boolean,
): Promise<string | undefined> {
  const listed = await call(place, "triggers are listed", ["triggers", "list", "--json"]);
  if (listed === undefined) {
    return undefined;
  }
  const found = triggersIn(listed.out).filter(
    (one) => enabled === undefined || one.enabled === enabled,
  );
  if (found.length === 0) {
    const kind = enabled === undefined ? "" : enabled ? " enabled" : " disabled";
    say(`There is no${kind} trigger. They are in trigger_config.json.`);
    return undefined;
  }
  const items = found.map((one) => ({
    label: plain(one.label, LABEL),
    description: one.enabled ? "" : "disabled",
    detail: plain(one.when, WHEN),
    chosen: one.label,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: question }))?.chosen;
}

function triggersIn(text: string): Trigger[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.filter(isTrigger) : [];
}

function isTrigger(one: unknown): one is Trigger {
  const { label, when, enabled } = (one ?? {}) as Record<string, unknown>;
  return typeof label === "string" && typeof when === "string" && typeof enabled === "boolean";
}
