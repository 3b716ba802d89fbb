"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Signs = exports.MOUSE = exports.KEYBOARD = void 0;
exports.KEYBOARD = 1;
exports.MOUSE = 2;
const ECHO = 1000;
const QUIET = 40_000;
class Signs {
    report;
    now;
    state;
    movedAt = new Map();
    begins = new Map();
    constructor(report, now, state) {
        this.report = report;
        this.now = now;
        this.state = state;
    }
    changed(state, isReachable) {
        const before = this.state;
        this.state = state;
        const begins = before.active === false && state.active === true;
        const leaves = before.focused && !state.focused && before.active === true;
        const ends = before.active === true && state.active === false && state.focused && isReachable;
        if (begins || leaves || ends) {
            this.report(ends ? QUIET : 0);
        }
    }
    answered() {
        if (this.state.focused && this.state.active === true) {
            this.report(0);
        }
    }
    selected(document, kind) {
        if (kind !== exports.KEYBOARD && kind !== exports.MOUSE) {
            this.moved(document);
        }
        else if (this.state.active !== false) {
            this.report(0);
        }
    }
    scrolled(document, first) {
        const before = this.begins.get(document);
        this.begins.set(document, first);
        const at = this.movedAt.get(document) ?? -Infinity;
        if (this.state.focused && first !== before && this.now() - at > ECHO) {
            this.report(0);
        }
    }
    closed(document) {
        this.begins.delete(document);
    }
    shown(document, first) {
        this.begins.set(document, first);
        this.moved(document);
    }
    moved(document) {
        const now = this.now();
        for (const [other, at] of this.movedAt) {
            if (now - at > ECHO) {
                this.movedAt.delete(other);
            }
        }
        this.movedAt.set(document, now);
    }
}
exports.Signs = Signs;
