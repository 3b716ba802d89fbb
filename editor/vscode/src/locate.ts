// Which state directory: by the same order as the command `codespace-tracker` (machine/directory.py).

import * as fs from "node:fs";
import * as path from "node:path";

/** What the choice depends on. `root` is where the machine's own files are, `/` but in tests. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  readonly root: string;
}

const NAME = ".codespace-tracker";
const RECORD = "codespace-tracker/directory";
const COMMAND = "codespace-tracker/command";
const RECORD_LIMIT = 1 << 13; // bytes: twice the longest path that Linux takes
const SHARED = "workspaces/.codespaces/shared/environment-variables.json";
const SHARED_LIMIT = 1 << 20;

/**
 * The absolute path of the state directory, which need not exist.
 *
 * `setting` stands in for `--dir`. An editor has no current directory that means anything, so here a
 * relative path counts as not given.
 */
export function locate(setting: string, here: Surroundings): string {
  for (const asked of [setting, here.environment["CODESPACE_TRACKER_DIR"] ?? ""]) {
    const found = absolute(asked, here.home);
    if (found !== undefined) {
      return found;
    }
  }
  const own = recorded(path.join(configuration(here), RECORD), here);
  const ofAll = recorded(path.join(here.root, "etc", RECORD), here, here.home);
  for (const record of [own, ofAll]) {
    // a rebuild took the folder of one that is gone
    if (record !== undefined && isFolder(path.dirname(record))) {
      return record;
    }
  }
  const workspaces = path.join(here.root, "workspaces");
  if (isCodespace(here) && isWritable(workspaces)) {
    return path.join(workspaces, NAME);
  }
  return path.join(here.home, NAME);
}

/**
 * The path of the command that was installed for this user last, as it wrote it down itself;
 * undefined without one. Whether it is still there is not known.
 */
export function locateCommand(here: Surroundings): string | undefined {
  return recorded(path.join(configuration(here), COMMAND), here);
}

/** The folder of the user's configuration. */
function configuration({ environment, home }: Surroundings): string {
  const configured = environment["XDG_CONFIG_HOME"] ?? "";
  return path.isAbsolute(configured) ? configured : path.join(home, ".config");
}

function absolute(asked: string, home: string): string | undefined {
  const full = asked === "~" || asked.startsWith("~/") ? path.join(home, asked.slice(2)) : asked;
  return path.isAbsolute(full) ? normal(full) : undefined;
}

/** Without the slash at the end, which a name does not have. */
function normal(full: string): string {
  return path.resolve(full);
}

/** The path that a record holds; with `home` it may begin with `~/`. */
function recorded(place: string, here: Surroundings, home?: string): string | undefined {
  const text = readOwn(place, RECORD_LIMIT, here.uid)?.replace(/\n$/, "");
  if (text === undefined || /[\n\r\0]/.test(text)) {
    return undefined;
  }
  const full = home !== undefined && text.startsWith("~/") ? path.join(home, text.slice(2)) : text;
  return path.isAbsolute(full) ? normal(full) : undefined;
}

function isCodespace(here: Surroundings): boolean {
  if (here.environment["CODESPACES"] === "true") {
    return true;
  }
  // a server that was started by SSH or sudo lacks the variable
  const text = readFile(path.join(here.root, SHARED), SHARED_LIMIT, () => true);
  try {
    const shared: unknown = JSON.parse(text ?? "null");
    return (Array.isArray(shared) ? shared : [shared]).some(namesACodespace);
  } catch {
    return false;
  }
}

function namesACodespace(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null) {
    return false;
  }
  const fields = entry as Record<string, unknown>;
  const value = fields["name"] === "CODESPACE_NAME" ? fields["value"] : fields["CODESPACE_NAME"];
  return typeof value === "string" && value !== "";
}

/** What a file contains that belongs to us or to root, and so does a link to it. */
function readOwn(place: string, limit: number, uid: number): string | undefined {
  return readFile(place, limit, (stat) => stat.uid === uid || stat.uid === 0);
}

function readFile(
  place: string,
  limit: number,
  isTrusted: (stat: fs.Stats) => boolean,
): string | undefined {
  let fd: number | undefined;
  try {
    if (!isTrusted(fs.lstatSync(place))) {
      return undefined;
    }
    // not blocking: a pipe in its place does not hold the editor up
    fd = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() || stat.size > limit || !isTrusted(stat)) {
      return undefined;
    }
    return fs.readFileSync(fd, "utf8");
  } catch {
    return undefined; // none, as good as
  } finally {
    if (fd !== undefined) {
      fs.closeSync(fd);
    }
  }
}

function isFolder(place: string): boolean {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isWritable(place: string): boolean {
  try {
    fs.accessSync(place, fs.constants.W_OK | fs.constants.X_OK);
    return isFolder(place);
  } catch {
    return false;
  }
}
