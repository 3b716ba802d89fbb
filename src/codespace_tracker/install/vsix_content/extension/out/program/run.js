"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.outside = outside;
exports.run = run;
const node_child_process_1 = require("node:child_process");
const KEPT = 1_000_000;
const GRACE = 5_000;
const REST = 500;
const OURS = /^(ELECTRON_|VSCODE_|NODE_|PYTHON(PATH|HOME)$)/;
function outside(environment) {
    const kept = Object.entries(environment).filter(([name]) => !OURS.test(name));
    return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}
function run(program, words, limit, hear = () => undefined) {
    const kept = { out: "", err: "" };
    let tookTooLong = false;
    const child = (0, node_child_process_1.spawn)(program, words, {
        cwd: "/",
        env: outside(process.env),
        shell: false,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    const signal = (name) => {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
            try {
                process.kill(-child.pid, name);
            }
            catch {
            }
        }
    };
    const timers = [];
    const stop = () => {
        signal("SIGTERM");
        timers.push(setTimeout(signal, GRACE, "SIGKILL"));
    };
    timers.push(setTimeout(() => {
        tookTooLong = true;
        stop();
    }, limit));
    for (const [stream, name] of [
        [child.stdout, "out"],
        [child.stderr, "err"],
    ]) {
        stream.setEncoding("utf8");
        stream.on("data", (part) => {
            if (kept[name].length < KEPT) {
                kept[name] += part.slice(0, KEPT - kept[name].length);
                hear(part);
            }
        });
    }
    const ended = new Promise((resolve) => {
        const done = (code) => {
            timers.forEach(clearTimeout);
            resolve({ code, ...kept, tookTooLong });
        };
        child.on("error", (error) => {
            kept.err += error.message;
            done(null);
        });
        child.on("close", done);
        child.on("exit", (code) => timers.push(setTimeout(done, REST, code)));
    });
    return { ended, stop };
}
