// Reading files of the state directory: what is not ours, is a link or is too large is not read.

import { constants } from "node:fs";
import { lstat, open, stat, type FileHandle } from "node:fs/promises";
import * as path from "node:path";

/** The largest file that is read, in bytes. */
export const LIMIT = 1_000_000;

/** What became of reading a file. `stamp` tells one content from another. */
export type Found =
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "same" }
  | { readonly kind: "read"; readonly text: string; readonly stamp: string };

interface About {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly uid: number;
  isFile(): boolean;
}

/** Read a file of our own directory, unless its stamp is still `before`. */
export async function readOwn(directory: string, name: string, before = ""): Promise<Found> {
  const place = path.join(directory, name);
  let handle: FileHandle | undefined;
  try {
    // the directory itself may be reached by links, as for the command
    if ((await stat(directory)).uid !== process.getuid?.()) {
      return { kind: "refused", why: `${directory} belongs to another user` };
    }
    // lstat, because to open a device may do something
    const seen = await lstat(place);
    const wrong = fault(seen, place);
    if (wrong !== undefined) {
      return { kind: "refused", why: wrong };
    }
    if (stampOf(seen) === before) {
      return { kind: "same" };
    }
    handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = await handle.stat();
    const wrongNow = fault(opened, place);
    if (wrongNow !== undefined) {
      return { kind: "refused", why: wrongNow };
    }
    const content = Buffer.alloc(opened.size); // not more, though it may be growing
    const { bytesRead } = await handle.read(content, 0, opened.size, 0);
    return { kind: "read", text: content.toString("utf8", 0, bytesRead), stamp: stampOf(opened) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return { kind: "absent" };
    }
    return { kind: "refused", why: `${place} cannot be read (${code ?? message})` };
  } finally {
    await handle?.close();
  }
}

function fault(found: About, place: string): string | undefined {
  if (!found.isFile() || found.uid !== process.getuid?.()) {
    return `${place} is not a file that you own`;
  }
  return found.size > LIMIT ? `${place} is larger than ${String(LIMIT)} bytes` : undefined;
}

function stampOf({ dev, ino, size, mtimeMs }: About): string {
  return [dev, ino, size, mtimeMs].join();
}
