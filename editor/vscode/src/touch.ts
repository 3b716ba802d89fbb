// Touching files of the state directory: no link is followed, and nothing of another user's touched.

import { constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import * as path from "node:path";

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
const FILE =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK |
  constants.O_NOCTTY;

/** The folder in which reporters report. A tracker that can read reports has made it. */
export const REPORTERS = "reporters";

/** How the name of a report ends that says: there may be someone where this window cannot see. */
export const UNKNOWN = ".unknown";

/** The file that is touched when a person does something. */
export const ACTIVITY = "activity";

/**
 * Touch `activity` or `reporters/NAME` in a state directory, and make the file if it is not there.
 *
 * Nothing is done where there is no state directory of this user's whose tracker reads reports; the
 * answer is then why. What is in the way (a link, a pipe, another user's file) is left as it is.
 */
export async function touch(
  directory: string,
  file: typeof ACTIVITY | `${typeof REPORTERS}/${number}${"" | typeof UNKNOWN}`,
): Promise<string | undefined> {
  const opened: FileHandle[] = [];
  try {
    // the directory itself may be reached by links, as for the command
    const there = await open(directory, FOLDER);
    opened.push(there);
    const reporters = await open(within(there, REPORTERS), FOLDER | constants.O_NOFOLLOW);
    opened.push(reporters);
    for (const [folder, name] of [
      [there, directory],
      [reporters, path.join(directory, REPORTERS)],
    ] as const) {
      if ((await folder.stat()).uid !== process.getuid?.()) {
        return `${name} belongs to another user`;
      }
    }
    const place = within(file === ACTIVITY ? there : reporters, path.basename(file));
    // lstat, because to open a device may do something
    const found = await lstat(place).catch(() => undefined);
    if (found !== undefined && !isOurFile(found)) {
      return `${path.join(directory, file)} is not a file that you own. Fix: move it away`;
    }
    const handle = await open(place, FILE, 0o600);
    opened.push(handle);
    if (!isOurFile(await handle.stat())) {
      return `${path.join(directory, file)} was replaced`;
    }
    const now = Date.now() / 1000;
    await handle.utimes(now, now);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\/proc\/self\/fd\/\d+/, directory) : "";
  } finally {
    for (const handle of opened) {
      await handle.close();
    }
  }
}

/** A path that leads into the folder that is open, also after another was put in its place. */
function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${String(folder.fd)}/${name}`;
}

function isOurFile(found: { isFile(): boolean; uid: number }): boolean {
  return found.isFile() && found.uid === process.getuid?.();
}
