"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.LIMIT = void 0;
exports.readOwn = readOwn;
const node_fs_1 = require("node:fs");
const promises_1 = require("node:fs/promises");
const path = require("node:path");
exports.LIMIT = 1_000_000;
async function readOwn(directory, name, before = "") {
    const place = path.join(directory, name);
    let handle;
    try {
        if ((await (0, promises_1.stat)(directory)).uid !== process.getuid?.()) {
            return { kind: "refused", why: `${directory} belongs to another user` };
        }
        const seen = await (0, promises_1.lstat)(place);
        const wrong = fault(seen, place);
        if (wrong !== undefined) {
            return { kind: "refused", why: wrong };
        }
        if (stampOf(seen) === before) {
            return { kind: "same" };
        }
        handle = await (0, promises_1.open)(place, node_fs_1.constants.O_RDONLY | node_fs_1.constants.O_NOFOLLOW | node_fs_1.constants.O_NONBLOCK);
        const opened = await handle.stat();
        const wrongNow = fault(opened, place);
        if (wrongNow !== undefined) {
            return { kind: "refused", why: wrongNow };
        }
        const content = Buffer.alloc(opened.size);
        const { bytesRead } = await handle.read(content, 0, opened.size, 0);
        return { kind: "read", text: content.toString("utf8", 0, bytesRead), stamp: stampOf(opened) };
    }
    catch (error) {
        const { code, message } = error;
        if (code === "ENOENT" || code === "ENOTDIR") {
            return { kind: "absent" };
        }
        return { kind: "refused", why: `${place} cannot be read (${code ?? message})` };
    }
    finally {
        await handle?.close();
    }
}
function fault(found, place) {
    if (!found.isFile() || found.uid !== process.getuid?.()) {
        return `${place} is not a file that you own`;
    }
    return found.size > exports.LIMIT ? `${place} is larger than ${String(exports.LIMIT)} bytes` : undefined;
}
function stampOf({ dev, ino, size, mtimeMs }) {
    return [dev, ino, size, mtimeMs].join();
}
