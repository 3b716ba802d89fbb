// Which window does something that only one of them may do: the one that makes a file first.

import * as fs from "node:fs/promises";
import * as path from "node:path";

const DAY = 24 * 3600 * 1000; // ms

/** Files in a folder that all windows of an editor share. Its own store loses what two write. */
export class Claims {
  constructor(private readonly folder: string) {}

  /** Claim a name, which is that of a file; whether no one else has. */
  async claim(name: string): Promise<boolean> {
    await fs.mkdir(this.folder, { recursive: true, mode: 0o700 });
    try {
      await (await fs.open(path.join(this.folder, name), "wx", 0o600)).close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        return false;
      }
      throw error;
    }
  }

  /** Delete claims that are older than a day, but those in use. */
  async tidy(inUse: ReadonlySet<string>, now: number): Promise<void> {
    for (const name of await fs.readdir(this.folder).catch(() => [])) {
      if (!inUse.has(name)) {
        const place = path.join(this.folder, name);
        const about = await fs.lstat(place).catch(() => undefined);
        if (about?.isFile() === true && now - about.mtimeMs > DAY) {
          await fs.rm(place, { force: true });
        }
      }
    }
  }
}
