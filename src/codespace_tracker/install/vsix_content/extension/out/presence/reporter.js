"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Reporter = exports.PROMPT = void 0;
const onceAMinute_1 = require("./onceAMinute");
exports.PROMPT = 1000;
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
        this.cancel = this.clock.later(onceAMinute_1.MINUTE, () => {
            this.start();
        });
    }
    get isReachable() {
        return this.clock.now() - this.answeredAt < 2 * onceAMinute_1.MINUTE + exports.PROMPT;
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
                if (this.clock.now() - asked < exports.PROMPT) {
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
