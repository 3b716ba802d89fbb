"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Reporter = void 0;
const clock_1 = require("../clock");
const TRIES = 3;
class Reporter {
    ask;
    report;
    clock;
    asking = false;
    answeredAt = -Infinity;
    cancel;
    constructor(ask, report, clock) {
        this.ask = ask;
        this.report = report;
        this.clock = clock;
    }
    start() {
        void this.round();
        this.cancel = this.clock.later(clock_1.MINUTE, () => {
            this.start();
        });
    }
    get isReachable() {
        return this.clock.now() - this.answeredAt < 2 * clock_1.MINUTE + clock_1.PROMPT;
    }
    dispose() {
        this.cancel?.();
        this.cancel = undefined;
    }
    async round() {
        if (this.asking) {
            return;
        }
        this.asking = true;
        try {
            for (let n = 0; n < TRIES; n += 1) {
                const asked = this.clock.now();
                await this.ask();
                if (this.clock.now() - asked < clock_1.PROMPT) {
                    this.answeredAt = this.clock.now();
                    this.report();
                    return;
                }
            }
        }
        catch {
        }
        finally {
            this.asking = false;
        }
    }
}
exports.Reporter = Reporter;
