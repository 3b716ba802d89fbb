"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.OnceAMinute = exports.CLOCK = exports.MINUTE = void 0;
exports.MINUTE = 60_000;
exports.CLOCK = {
    now: () => performance.now(),
    later: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => {
            clearTimeout(timer);
        };
    },
};
class OnceAMinute {
    act;
    clock;
    actedAt = -Infinity;
    cancel;
    constructor(act, clock = exports.CLOCK) {
        this.act = act;
        this.clock = clock;
    }
    sign() {
        if (this.cancel !== undefined) {
            return;
        }
        const wait = this.actedAt + exports.MINUTE - this.clock.now();
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
