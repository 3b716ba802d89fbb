"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.OnceAMinute = void 0;
const clock_1 = require("../clock");
class OnceAMinute {
    act;
    clock;
    actedAt = -Infinity;
    cancel;
    constructor(act, clock = clock_1.CLOCK) {
        this.act = act;
        this.clock = clock;
    }
    sign(ago = 0) {
        if (this.cancel !== undefined || this.actedAt >= this.clock.now() - ago) {
            return;
        }
        const wait = this.actedAt + clock_1.MINUTE - this.clock.now();
        if (wait <= 0) {
            this.go();
        }
        else {
            this.cancel = this.clock.later(wait, () => {
                this.go();
            });
        }
    }
    dispose() {
        this.cancel?.();
        this.cancel = undefined;
    }
    go() {
        this.cancel = undefined;
        this.actedAt = this.clock.now();
        this.act();
    }
}
exports.OnceAMinute = OnceAMinute;
