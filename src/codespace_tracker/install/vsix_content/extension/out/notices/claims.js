"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Claims = void 0;
const fs = require("node:fs/promises");
const path = require("node:path");
const DAY = 24 * 3600 * 1000;
class Claims {
    folder;
    constructor(folder) {
        this.folder = folder;
    }
    async claim(name) {
        await fs.mkdir(this.folder, { recursive: true, mode: 0o700 });
        try {
            await (await fs.open(path.join(this.folder, name), "wx", 0o600)).close();
            return true;
        }
        catch (error) {
            if (error.code === "EEXIST") {
                return false;
            }
            throw error;
        }
    }
    async tidy(inUse, now) {
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
exports.Claims = Claims;
