"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.CLOCK = exports.PROMPT = exports.MINUTE = void 0;
exports.MINUTE = 60_000;
exports.PROMPT = 1000;
exports.CLOCK = {
    now: () => performance.now(),
    later: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => {
            clearTimeout(timer);
        };
    },
};
