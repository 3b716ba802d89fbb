"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.locate = locate;
exports.locateCommand = locateCommand;
const fs = require("node:fs");
const path = require("node:path");
const NAME = ".codespace-tracker";
const RECORD = "codespace-tracker/directory";
const COMMAND = "codespace-tracker/command";
const RECORD_LIMIT = 1 << 13;
const SHARED = "workspaces/.codespaces/shared/environment-variables.json";
const SHARED_LIMIT = 1 << 20;
function locate(setting, here) {
    for (const asked of [setting, here.environment["CODESPACE_TRACKER_DIR"] ?? ""]) {
        const found = absolute(asked, here.home);
        if (found !== undefined) {
            return found;
        }
    }
    const own = recorded(path.join(configuration(here), RECORD), here);
    const ofAll = recorded(path.join(here.root, "etc", RECORD), here, here.home);
    for (const record of [own, ofAll]) {
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
function locateCommand(here) {
    return recorded(path.join(configuration(here), COMMAND), here);
}
function configuration({ environment, home }) {
    const configured = environment["XDG_CONFIG_HOME"] ?? "";
    return path.isAbsolute(configured) ? configured : path.join(home, ".config");
}
function absolute(asked, home) {
    const full = asked === "~" || asked.startsWith("~/") ? path.join(home, asked.slice(2)) : asked;
    return path.isAbsolute(full) ? normal(full) : undefined;
}
function normal(full) {
    return path.resolve(full);
}
function recorded(place, here, home) {
    const text = readOwn(place, RECORD_LIMIT, here.uid)?.replace(/\n$/, "");
    if (text === undefined || /[\n\r\0]/.test(text)) {
        return undefined;
    }
    const full = home !== undefined && text.startsWith("~/") ? path.join(home, text.slice(2)) : text;
    return path.isAbsolute(full) ? normal(full) : undefined;
}
function isCodespace(here) {
    if (here.environment["CODESPACES"] === "true") {
        return true;
    }
    const text = readFile(path.join(here.root, SHARED), SHARED_LIMIT, () => true);
    try {
        const shared = JSON.parse(text ?? "null");
        return (Array.isArray(shared) ? shared : [shared]).some(namesACodespace);
    }
    catch {
        return false;
    }
}
function namesACodespace(entry) {
    if (typeof entry !== "object" || entry === null) {
        return false;
    }
    const fields = entry;
    const value = fields["name"] === "CODESPACE_NAME" ? fields["value"] : fields["CODESPACE_NAME"];
    return typeof value === "string" && value !== "";
}
function readOwn(place, limit, uid) {
    return readFile(place, limit, (stat) => stat.uid === uid || stat.uid === 0);
}
function readFile(place, limit, isTrusted) {
    let fd;
    try {
        if (!isTrusted(fs.lstatSync(place))) {
            return undefined;
        }
        fd = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
        const stat = fs.fstatSync(fd);
        if (!stat.isFile() || stat.size > limit || !isTrusted(stat)) {
            return undefined;
        }
        return fs.readFileSync(fd, "utf8");
    }
    catch {
        return undefined;
    }
    finally {
        if (fd !== undefined) {
            fs.closeSync(fd);
        }
    }
}
function isFolder(place) {
    return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
function isWritable(place) {
    try {
        fs.accessSync(place, fs.constants.W_OK | fs.constants.X_OK);
        return isFolder(place);
    }
    catch {
        return false;
    }
}
