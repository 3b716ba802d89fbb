import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { findProgram } from "../src/program/find";
import { outside, run } from "../src/program/run";

const MINUTE = 60_000;

test("words are handed over as they are, and no shell looks at them", async () => {
  const words = ["--label", "$(touch /tmp/x); `id` 'a' \"b\" && c\n", "", "*"];
  const { ended } = run(process.execPath, ["-p", "JSON.stringify(process.argv.slice(1))", "--", ...words], MINUTE);
  const outcome = await ended;
  assert.deepEqual(JSON.parse(outcome.out), words);
  assert.equal(outcome.code, 0);
});

test("the editor's own variables are left out, others stay", () => {
  assert.deepEqual(
    outside({
      ELECTRON_RUN_AS_NODE: "1",
      VSCODE_IPC_HOOK_CLI: "x",
      NODE_OPTIONS: "x",
      PYTHONPATH: "x",
      GITHUB_TOKEN: "kept",
      PATH: "kept",
    }),
    { GITHUB_TOKEN: "kept", PATH: "kept", NO_COLOR: "1" },
  );
});

test("output is told as it comes, and kept apart", async () => {
  const heard: string[] = [];
  const script = 'console.log("é"); console.error("no"); process.exitCode = 3';
  const { ended } = run(process.execPath, ["-e", script], MINUTE, (part) => heard.push(part));
  const outcome = await ended;
  assert.deepEqual(outcome, { code: 3, out: "é\n", err: "no\n", tookTooLong: false });
  assert.equal(heard.sort().join(""), "no\né\n");
});

test("what takes too long is ended with all that it started", async () => {
  const script = 'echo $$; sleep 600 & echo $!; wait';
  const { ended } = run("/bin/sh", ["-c", script], 300);
  const outcome = await ended;
  assert.equal(outcome.tookTooLong, true);
  assert.equal(outcome.code, null);
  const pids = outcome.out.trim().split("\n").map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) {
    const state = fs.existsSync(`/proc/${String(pid)}/stat`)
      ? fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8")
      : ") Z";
    assert.match(state, /\) [ZX]/);
  }
});

test("what was started in the background does not hold it up", async () => {
  const { ended } = run("/bin/sh", ["-c", "sleep 3 & echo done"], MINUTE);
  const outcome = await ended;
  assert.deepEqual([outcome.code, outcome.out], [0, "done\n"]);
});

test("a program that is not there is a failure in words", async () => {
  const outcome = await run("/absent", [], MINUTE).ended;
  assert.equal(outcome.code, null);
  assert.match(outcome.err, /ENOENT/);
});

// --- which program

function place(): { home: string; program: string; found: () => ReturnType<typeof findProgram> } {
  const home = fs.mkdtempSync(path.join(tmpdir(), "home-"));
  const program = path.join(home, "codespace-tracker");
  fs.writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  fs.mkdirSync(path.join(home, ".config/codespace-tracker"), { recursive: true });
  fs.writeFileSync(path.join(home, ".config/codespace-tracker/command"), `${program}\n`);
  const here = {
    environment: { PATH: home },
    home,
    uid: process.getuid?.() ?? 0,
    root: "/",
  };
  return { home, program, found: () => findProgram(here) };
}

test("the program is the one that was recorded", () => {
  const { program, found } = place();
  assert.deepEqual(found(), { path: program });
});

test("without a record none is found, though one is on the PATH", () => {
  const { home, found } = place();
  fs.unlinkSync(path.join(home, ".config/codespace-tracker/command"));
  const answer = found();
  assert.match("why" in answer ? answer.why : "", /is not recorded. Fix: run `codespace-tracker restart`/);
});

test("a program that is gone, is none, or that others can change is not run", () => {
  const { program, found } = place();
  const why = (): string => {
    const answer = found();
    return "why" in answer ? answer.why : "";
  };
  fs.chmodSync(program, 0o757);
  assert.match(why(), /only you or root can change/);
  fs.chmodSync(program, 0o644);
  assert.match(why(), /cannot be run/);
  fs.unlinkSync(program);
  assert.match(why(), /is gone/);
  fs.mkdirSync(program);
  assert.match(why(), /only you or root/);
});

test("a program of another user's is not run", { skip: process.getuid?.() !== 0 }, () => {
  const { program, found } = place();
  fs.chownSync(program, 65534, 65534);
  assert.ok("why" in found());
});
