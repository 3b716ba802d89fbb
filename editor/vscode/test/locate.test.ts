// In the same order as the command: tests/editor/test_same_directory.py compares the two.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { locate, type Surroundings } from "../src/locate";

/** A machine with a home, and files by their paths on it. */
function machine(
  files: Record<string, string> = {},
  environment: Record<string, string> = {},
): Surroundings {
  const root = fs.mkdtempSync(path.join(tmpdir(), "locate-"));
  for (const [name, content] of Object.entries({ "home/.keep": "", ...files })) {
    const place = path.join(root, name);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, content.replaceAll("ROOT", root));
  }
  const uid = process.getuid?.() ?? 0;
  return { root, home: path.join(root, "home"), uid, environment };
}

const found = (here: Surroundings, setting = ""): string =>
  locate(setting, here).replace(here.root, "ROOT");

test("without anything it is in the home", () => {
  assert.equal(found(machine()), "ROOT/home/.codespace-tracker");
});

test("the setting comes first, then the variable, then the records", () => {
  const here = machine(
    {
      "home/.config/codespace-tracker/directory": "ROOT/home/recorded\n",
      "etc/codespace-tracker/directory": "ROOT/home/of-all\n",
    },
    { CODESPACE_TRACKER_DIR: "~/by-variable" },
  );
  assert.equal(found(here, "~/by-setting/"), "ROOT/home/by-setting");
  assert.equal(found(here, "relative"), "ROOT/home/by-variable");
  const without = { ...here, environment: { CODESPACE_TRACKER_DIR: "" } };
  assert.equal(found(without), "ROOT/home/recorded");
  fs.rmSync(path.join(here.home, ".config"), { recursive: true });
  assert.equal(found(without), "ROOT/home/of-all");
});

test("a record for all may begin with each user's home, and one's own may not", () => {
  const ofAll = machine({ "etc/codespace-tracker/directory": "~/of-all\n" });
  assert.equal(found(ofAll), "ROOT/home/of-all");
  const own = machine({ "home/.config/codespace-tracker/directory": "~/own\n" });
  assert.equal(found(own), "ROOT/home/.codespace-tracker");
});

test("the record is where XDG_CONFIG_HOME leads, if that is absolute", () => {
  const here = machine({
    "elsewhere/codespace-tracker/directory": "ROOT/home/elsewhere",
    "home/.config/codespace-tracker/directory": "ROOT/home/recorded",
  });
  const at = (folder: string): Surroundings => ({
    ...here,
    environment: { XDG_CONFIG_HOME: folder },
  });
  assert.equal(found(at(path.join(here.root, "elsewhere"))), "ROOT/home/elsewhere");
  assert.equal(found(at("elsewhere")), "ROOT/home/recorded");
});

test("a record that is no absolute path on one line, or whose parent is gone, is passed over", () => {
  for (const content of ["", "relative", "ROOT/home/a\nROOT/home/b\n", "ROOT/gone/a", "/a\0b"]) {
    const here = machine({ "home/.config/codespace-tracker/directory": content });
    assert.equal(found(here), "ROOT/home/.codespace-tracker", JSON.stringify(content));
  }
});

test("a record of another user's is none", { skip: process.getuid?.() !== 0 }, () => {
  const here = machine({ "home/.config/codespace-tracker/directory": "ROOT/home/theirs" });
  fs.chownSync(path.join(here.home, ".config/codespace-tracker/directory"), 65534, 65534);
  assert.equal(found(here), "ROOT/home/.codespace-tracker");
});

test("in a codespace it is in the folder that outlives a rebuild", () => {
  const inside = machine({ "workspaces/.keep": "" }, { CODESPACES: "true" });
  assert.equal(found(inside), "ROOT/workspaces/.codespace-tracker");
  const outside = machine({ "workspaces/.keep": "" });
  assert.equal(found(outside), "ROOT/home/.codespace-tracker");
});

test("a codespace is also known by its shared file, in each of its forms", () => {
  const shared = "workspaces/.codespaces/shared/environment-variables.json";
  const forms: [unknown, string][] = [
    [{ CODESPACE_NAME: "fluffy" }, "ROOT/workspaces/.codespace-tracker"],
    [[{ GITHUB_USER: "a" }, { CODESPACE_NAME: "fluffy" }], "ROOT/workspaces/.codespace-tracker"],
    [[{ name: "CODESPACE_NAME", value: "fluffy" }], "ROOT/workspaces/.codespace-tracker"],
    [{ CODESPACE_NAME: "" }, "ROOT/home/.codespace-tracker"],
    [[null, 3, "CODESPACE_NAME"], "ROOT/home/.codespace-tracker"],
  ];
  for (const [form, wanted] of forms) {
    assert.equal(found(machine({ [shared]: JSON.stringify(form) })), wanted, JSON.stringify(form));
  }
  assert.equal(found(machine({ [shared]: "no JSON" })), "ROOT/home/.codespace-tracker");
});
