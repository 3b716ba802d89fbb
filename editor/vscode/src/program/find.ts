// Which program is run: the one whose path was written down when it was installed, and no other.

import * as fs from "node:fs";

import { locateCommand, type Surroundings } from "../locate";

/** The program's absolute path, or why none is run. */
export type Program = { readonly path: string } | { readonly why: string };

/** Find the program. It is never looked for on the PATH, which a project may have changed. */
export function findProgram(here: Surroundings): Program {
  const found = locateCommand(here);
  if (found === undefined) {
    return {
      why: "where codespace-tracker is installed is not recorded. Fix: run `codespace-tracker restart` in a terminal",
    };
  }
  try {
    const about = fs.statSync(found);
    const isOfOthers = about.uid !== here.uid && about.uid !== 0;
    if (!about.isFile() || isOfOthers || (about.mode & 0o002) !== 0) {
      return { why: `${found} is not a program that only you or root can change. Fix: run setup.sh again` };
    }
    fs.accessSync(found, fs.constants.X_OK);
    return { path: found };
  } catch {
    return { why: `${found} is gone or cannot be run. Fix: run setup.sh again` };
  }
}
