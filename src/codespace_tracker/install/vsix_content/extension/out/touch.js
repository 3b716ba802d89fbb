"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.ACTIVITY = exports.UNKNOWN = exports.REPORTERS = void 0;
exports.touch = touch;
const node_fs_1 = require("node:fs");
const promises_1 = require("node:fs/promises");
const path = require("node:path");
const FOLDER = node_fs_1.constants.O_RDONLY | node_fs_1.constants.O_DIRECTORY;
const FILE = node_fs_1.constants.O_WRONLY |
    node_fs_1.constants.O_CREAT |
    node_fs_1.constants.O_NOFOLLOW |
    node_fs_1.constants.O_NONBLOCK |
    node_fs_1.constants.O_NOCTTY;
exports.REPORTERS = "reporters";
exports.UNKNOWN = ".unknown";
exports.ACTIVITY = "activity";
async function touch(directory, file) {
    const opened = [];
    try {
        const there = await (0, promises_1.open)(directory, FOLDER);
        opened.push(there);
        const reporters = await (0, promises_1.open)(within(there, exports.REPORTERS), FOLDER | node_fs_1.constants.O_NOFOLLOW);
        opened.push(reporters);
        for (const [folder, name] of [
            [there, directory],
            [reporters, path.join(directory, exports.REPORTERS)],
        ]) {
            if ((await folder.stat()).uid !== process.getuid?.()) {
                return `${name} belongs to another user`;
            }
        }
        const place = within(file === exports.ACTIVITY ? there : reporters, path.basename(file));
        const found = await (0, promises_1.lstat)(place).catch(() => undefined);
        if (found !== undefined && !isOurFile(found)) {
            return `${path.join(directory, file)} is not a file that you own. Fix: move it away`;
        }
        const handle = await (0, promises_1.open)(place, FILE, 0o600);
        opened.push(handle);
        if (!isOurFile(await handle.stat())) {
            return `${path.join(directory, file)} was replaced`;
        }
        const now = Date.now() / 1000;
        await handle.utimes(now, now);
        return undefined;
    }
    catch (error) {
        return error instanceof Error ? error.message.replace(/\/proc\/self\/fd\/\d+/, directory) : "";
    }
    finally {
        for (const handle of opened) {
            await handle.close();
        }
    }
}
function within(folder, name) {
    return `/proc/self/fd/${String(folder.fd)}/${name}`;
}
function isOurFile(found) {
    return found.isFile() && found.uid === process.getuid?.();
}
