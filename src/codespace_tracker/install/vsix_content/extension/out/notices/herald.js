"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Herald = void 0;
const node_crypto_1 = require("node:crypto");
const clock_1 = require("../clock");
class Herald {
    looks;
    claims;
    clock;
    wall;
    standing = [];
    done = new Set();
    isAsking = false;
    constructor(looks, claims, clock, wall = Date.now) {
        this.looks = looks;
        this.claims = claims;
        this.clock = clock;
        this.wall = wall;
    }
    update(notices) {
        this.standing = notices;
        const names = new Set(notices.map(nameOf));
        this.done = new Set([...this.done].filter((name) => names.has(name)));
        return this.go();
    }
    async go() {
        if (this.isAsking || this.due().length === 0 || !this.looks.hasFocus()) {
            return;
        }
        this.isAsking = true;
        try {
            const asked = this.clock.now();
            await this.looks.ask();
            if (this.clock.now() - asked < clock_1.PROMPT && this.looks.hasFocus()) {
                await this.showDue();
            }
        }
        catch {
        }
        finally {
            this.isAsking = false;
        }
    }
    due() {
        const now = this.wall();
        return this.standing.filter((one) => Date.parse(one.until) > now && !this.done.has(nameOf(one)));
    }
    async showDue() {
        for (const notice of this.due()) {
            const name = nameOf(notice);
            if (await this.claims.claim(name)) {
                this.looks.show(notice.text);
            }
            this.done.add(name);
        }
        await this.claims.tidy(this.done, this.wall());
    }
}
exports.Herald = Herald;
function nameOf({ text, at }) {
    const content = JSON.stringify([Date.parse(at), text]);
    return (0, node_crypto_1.createHash)("sha256").update(content).digest("hex").slice(0, 32);
}
