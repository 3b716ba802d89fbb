import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { touch } from "../src/touch";

/** A state directory as the tracker makes it. */
function made(): string {
  const directory = fs.mkdtempSync(path.join(tmpdir(), "touch-"));
  fs.mkdirSync(path.join(directory, "reporters"), { mode: 0o700 });
  return directory;
}

const LONG_AGO = new Date("2001-01-01");

test("a file is made for its owner alone, and touched without a change of what is in it", async () => {
  const directory = made();
  for (const file of ["activity", "reporters/17", "reporters/17.unknown"] as const) {
    const place = path.join(directory, file);
    assert.equal(await touch(directory, file), undefined);
    assert.equal(fs.statSync(place).mode & 0o7777, 0o600);
    fs.writeFileSync(place, "kept");
    fs.utimesSync(place, LONG_AGO, LONG_AGO);
    assert.equal(await touch(directory, file), undefined);
    assert.ok(Math.abs(Date.now() - fs.statSync(place).mtimeMs) < 60_000);
    assert.equal(fs.readFileSync(place, "utf8"), "kept");
  }
});

test("nothing is made where there is no state directory, or one of a tracker that reads no reports", async () => {
  const parent = fs.mkdtempSync(path.join(tmpdir(), "touch-"));
  const absent = path.join(parent, "absent");
  assert.match((await touch(absent, "activity")) ?? "", /no such file/);
  assert.deepEqual(fs.readdirSync(parent), []);
  assert.match((await touch(parent, "activity")) ?? "", /no such file/);
  assert.match((await touch(parent, "reporters/17")) ?? "", /no such file/);
  assert.deepEqual(fs.readdirSync(parent), []);
});

test("a link is not followed, neither for a file nor for the folder of reporters", async () => {
  const directory = made();
  const target = path.join(directory, "target");
  for (const file of ["activity", "reporters/17"] as const) {
    fs.symlinkSync(target, path.join(directory, file));
    assert.match((await touch(directory, file)) ?? "", /not a file that you own. Fix: move it away/);
  }
  assert.equal(fs.existsSync(target), false);
  const other = made();
  fs.rmdirSync(path.join(other, "reporters"));
  fs.symlinkSync(path.join(directory, "reporters"), path.join(other, "reporters"));
  assert.notEqual(await touch(other, "activity"), undefined);
  assert.notEqual(await touch(other, "reporters/18"), undefined);
  assert.deepEqual(fs.readdirSync(path.join(directory, "reporters")), ["17"]);
});

test("a state directory that is reached by a link is used, as by the command", async () => {
  const directory = made();
  const link = `${directory}-link`;
  fs.symlinkSync(directory, link);
  assert.equal(await touch(link, "activity"), undefined);
  assert.deepEqual(fs.readdirSync(directory).sort(), ["activity", "reporters"]);
});

test("a pipe or a folder in the place of a file is left alone, and holds nothing up", async () => {
  const directory = made();
  execFileSync("mkfifo", [path.join(directory, "activity")]);
  fs.mkdirSync(path.join(directory, "reporters/17"));
  assert.match((await touch(directory, "activity")) ?? "", /move it away/);
  assert.match((await touch(directory, "reporters/17")) ?? "", /move it away/);
});

test("what belongs to another user is left alone", { skip: process.getuid?.() !== 0 }, async () => {
  const [theirFile, theirDirectory, theirFolder] = [made(), made(), made()];
  const place = path.join(theirFile, "activity");
  fs.writeFileSync(place, "");
  fs.utimesSync(place, LONG_AGO, LONG_AGO);
  fs.chownSync(place, 65534, 65534);
  assert.match((await touch(theirFile, "activity")) ?? "", /not a file that you own/);
  assert.deepEqual(fs.statSync(place).mtime, LONG_AGO);
  fs.chownSync(theirDirectory, 65534, 65534);
  assert.match((await touch(theirDirectory, "activity")) ?? "", /belongs to another user/);
  fs.chownSync(path.join(theirFolder, "reporters"), 65534, 65534);
  assert.match((await touch(theirFolder, "reporters/17")) ?? "", /belongs to another user/);
  assert.deepEqual(fs.readdirSync(path.join(theirFolder, "reporters")), []);
});

test("touching leaves no file open", async () => {
  const directory = made();
  const count = (): number => fs.readdirSync("/proc/self/fd").length;
  await touch(directory, "activity");
  const before = count();
  for (let n = 0; n < 50; n += 1) {
    await touch(directory, "reporters/17");
    await touch(`${directory}/absent`, "activity");
  }
  assert.equal(count(), before);
});
