"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.findProgram = findProgram;
const fs = require("node:fs");
const locate_1 = require("../locate");
function findProgram(here) {
    const found = (0, locate_1.locateCommand)(here);
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
    }
    catch {
        return { why: `${found} is gone or cannot be run. Fix: run setup.sh again` };
    }
}
