// Makes src/state/status.ts from docs/json: the type of status.json, and the shape that is checked.
//
// An `enum` may get more values in any version, so texts are only checked to be texts.
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = "../../docs/json/files/status.schema.json";
const schema = JSON.parse(readFileSync(SOURCE, "utf8"));
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
    const found = named(part) ? schema.$defs[named(part)] : part;
    shape.is.push(...kinds(found));
    if (found.items) shape.of = shapeOf(found.items);
    if (found.properties) {
      shape.has = Object.fromEntries(
        Object.entries(found.properties).map(([key, value]) => [key, shapeOf(value)]),
      );
      if (Object.keys(found.properties).join() !== found.required.join()) {
        throw new Error(`${SOURCE}: a key that may be missing needs more than this`);
      }
    }
  }
  return shape;
}

const interfaceOf = (name, { description, properties }) =>
  `/** ${description} */\nexport interface ${name} {\n${Object.entries(properties)
    .map(([key, one]) => `  /** ${one.description} */\n  readonly ${key}: ${typeOf(one)};\n`)
    .join("")}}\n`;

const text = [
  "// Made by schema.mjs from docs/json/files/status.schema.json. Do not edit.\n",
  'import type { Shape } from "./shape";\n',
  interfaceOf("Status", schema),
  ...Object.entries(schema.$defs).map(([name, one]) => interfaceOf(name, one)),
  `export const STATUS: Shape = ${JSON.stringify(shapeOf(schema))};\n`,
].join("\n");
writeFileSync("src/state/status.ts", text);
