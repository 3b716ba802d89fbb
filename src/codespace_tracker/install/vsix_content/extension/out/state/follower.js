"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Follower = void 0;
const clock_1 = require("../clock");
const shape_1 = require("./shape");
const status_1 = require("./status");
const STALE = 2.5 * clock_1.MINUTE;
class Follower {
    read;
    tell;
    clock;
    wall;
    known;
    stamp = "";
    changedAt = -Infinity;
    looking;
    again = false;
    cancel;
    constructor(read, tell, clock, wall = Date.now) {
        this.read = read;
        this.tell = tell;
        this.clock = clock;
        this.wall = wall;
    }
    start() {
        void this.look();
        this.cancel = this.clock.later(clock_1.MINUTE, () => {
            this.start();
        });
    }
    look() {
        if (this.looking !== undefined) {
            this.again = true;
            return this.looking;
        }
        this.looking = this.lookUntilDone().finally(() => {
            this.looking = undefined;
        });
        return this.looking;
    }
    dispose() {
        this.cancel?.();
        this.cancel = undefined;
    }
    async lookUntilDone() {
        do {
            this.again = false;
            const found = await this.read(this.stamp);
            const next = this.after(found);
            if (!isSame(next, this.known)) {
                this.known = next;
                this.tell(next);
            }
        } while (this.again);
    }
    after(found) {
        if (found.kind === "same" && this.known?.kind === "counted") {
            const { status } = this.known;
            return { kind: "counted", status, isRunning: this.isCounting(status) };
        }
        if (found.kind === "read") {
            const status = parsed(found.text);
            if (typeof status === "string") {
                this.stamp = "";
                return { kind: "unreadable", why: `status.json: ${status}` };
            }
            this.stamp = found.stamp;
            const age = Math.max(0, this.wall() - Date.parse(status.written_at));
            const isFirst = this.known === undefined;
            this.changedAt = this.clock.now() - (isFirst && age >= STALE ? age : 0);
            return { kind: "counted", status, isRunning: this.isCounting(status) };
        }
        this.stamp = "";
        return found.kind === "refused" ? { kind: "unreadable", why: found.why } : { kind: "absent" };
    }
    isCounting({ session, tracker }) {
        return (session.state === "open" && tracker.pid > 0 && this.clock.now() - this.changedAt < STALE);
    }
}
exports.Follower = Follower;
function parsed(text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch {
        return "is not JSON";
    }
    return (0, shape_1.mistake)(value, status_1.STATUS) ?? value;
}
function isSame(one, other) {
    if (one.kind === "counted" && other?.kind === "counted") {
        return one.status === other.status && one.isRunning === other.isRunning;
    }
    if (one.kind === "unreadable" && other?.kind === "unreadable") {
        return one.why === other.why;
    }
    return one.kind === other?.kind;
}
