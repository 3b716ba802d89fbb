// Makes src/state/status.ts from docs/json: the type of status.json, and the shape that is checked,
// with the keys that the extension reads. So what it reads was checked, and a tracker that is older
// or newer than the extension may lack or have others.
//
// An `enum` may get more values in any version, so texts are only checked to be texts.
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = "../../docs/json/files/status.schema.json";
const READ = {
  Status: "written_at session today month presence unattended fleet tracker triggers notices problems",
  CurrentSession: "number state start_time last_seen running_us",
  Today: "running_us",
  Month: "core_hours quota_core_hours percent at_least other_codespaces_core_hours pace",
  Paces: "week month",
  Pace: "core_hours_a_day lasts_until",
  Presence: "state since",
  Unattended: "today_us",
  FleetNow: "codespaces not_accepted others_told_until month_here_core_us missing",
  Tracker: "pid",
  Triggers: "next running",
  Upcoming: "label due_at",
  Attempt: "label",
  Notice: "text at until",
};

const schema = JSON.parse(readFileSync(SOURCE, "utf8"));
const definitions = { Status: schema, ...schema.$defs };
const keysOf = (name) =>
  READ[name].split(" ").map((key) => {
    if (!definitions[name].required.includes(key)) throw new Error(`${SOURCE}: ${name} may lack ${key}`);
    return [key, definitions[name].properties[key]];
  });
const named = (one) => one.$ref?.split("/").pop();
const kinds = (one) => [one.type ?? []].flat();
const WORDS = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

/** An object or list that may also be null, or any other: the parts that it may be. */
const parts = (one) => one.anyOf ?? [one];

function typeOf(one) {
  return parts(one)
    .flatMap((part) => {
      if (named(part)) return named(part);
      if (part.type === "array") return `readonly ${typeOf(part.items)}[]`;
      return kinds(part).map((kind) => WORDS[kind]);
    })
    .join(" | ");
}

function shapeOf(one) {
  const shape = { is: [] };
  for (const part of parts(one)) {
    const name = named(part);
    shape.is.push(...kinds(name ? definitions[name] : part));
    if (part.items) shape.of = shapeOf(part.items);
    if (name) shape.has = Object.fromEntries(keysOf(name).map(([key, value]) => [key, shapeOf(value)]));
  }
  return shape;
}

const interfaceOf = (name) =>
  `/** ${definitions[name].description} */\nexport interface ${name} {\n${keysOf(name)
    .map(([key, one]) => `  /** ${one.description} */\n  readonly ${key}: ${typeOf(one)};\n`)
    .join("")}}\n`;

const text = [
  "// Made by schema.mjs from docs/json/files/status.schema.json. Do not edit.\n",
  'import type { Shape } from "./shape";\n',
  ...Object.keys(READ).map(interfaceOf),
  `export const STATUS: Shape = ${JSON.stringify(shapeOf({ $ref: "/Status" }))};\n`,
].join("\n");
writeFileSync("src/state/status.ts", text);
