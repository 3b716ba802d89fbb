import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { LIMIT, readOwn } from "../src/ownFile";

const made = (): string => fs.mkdtempSync(path.join(tmpdir(), "own-"));
const NAME = "status.json";

async function refusal(directory: string): Promise<string> {
  const found = await readOwn(directory, NAME);
  assert.equal(found.kind, "refused");
  return found.kind === "refused" ? found.why : "";
}

test("a file of ours is read, and not again while it is the same", async () => {
  const directory = made();
  fs.writeFileSync(path.join(directory, NAME), "é");
  const found = await readOwn(directory, NAME);
  assert.equal(found.kind === "read" && found.text, "é");
  const stamp = found.kind === "read" ? found.stamp : "";
  assert.deepEqual(await readOwn(directory, NAME, stamp), { kind: "same" });
  fs.writeFileSync(path.join(directory, "new"), "é");
  fs.renameSync(path.join(directory, "new"), path.join(directory, NAME));
  assert.equal((await readOwn(directory, NAME, stamp)).kind, "read");
});

test("what is not there is absent", async () => {
  const directory = made();
  assert.deepEqual(await readOwn(directory, NAME), { kind: "absent" });
  assert.deepEqual(await readOwn(path.join(directory, "absent"), NAME), { kind: "absent" });
});

test("a link, a pipe, a folder and a file that is too large are not read", async () => {
  const directory = made();
  const place = path.join(directory, NAME);
  fs.writeFileSync(path.join(directory, "target"), "{}");
  fs.symlinkSync(path.join(directory, "target"), place);
  assert.match(await refusal(directory), /is not a file that you own/);
  fs.unlinkSync(place);
  execFileSync("mkfifo", [place]);
  assert.match(await refusal(directory), /is not a file that you own/);
  fs.unlinkSync(place);
  fs.mkdirSync(place);
  assert.match(await refusal(directory), /is not a file that you own/);
  fs.rmdirSync(place);
  fs.writeFileSync(place, "x".repeat(LIMIT + 1));
  assert.match(await refusal(directory), /is larger than 1000000 bytes/);
});

test("what belongs to another user is not read", { skip: process.getuid?.() !== 0 }, async () => {
  const [theirFile, theirDirectory] = [made(), made()];
  for (const directory of [theirFile, theirDirectory]) {
    fs.writeFileSync(path.join(directory, NAME), "{}");
  }
  fs.chownSync(path.join(theirFile, NAME), 65534, 65534);
  assert.match(await refusal(theirFile), /is not a file that you own/);
  fs.chownSync(theirDirectory, 65534, 65534);
  assert.match(await refusal(theirDirectory), /belongs to another user/);
});

test("reading leaves no file open", async () => {
  const directory = made();
  fs.writeFileSync(path.join(directory, NAME), "{}");
  const count = (): number => fs.readdirSync("/proc/self/fd").length;
  await readOwn(directory, NAME);
  const before = count();
  for (let n = 0; n < 50; n += 1) {
    await readOwn(directory, NAME);
    await readOwn(directory, "absent");
  }
  assert.equal(count(), before);
});
