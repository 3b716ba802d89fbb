// Runs the tracker's command. This is the only place that starts a process.

import { spawn } from "node:child_process";

/** What became of a run; `code` is null if it was ended. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly tookTooLong: boolean;
}

/** A run that goes on. */
export interface Running {
  readonly ended: Promise<Outcome>;
  /** End it and all that it started in its process group. */
  stop(): void;
}

const KEPT = 1_000_000; // characters of each output
const GRACE = 5_000; // ms between asking it to end and ending it
const REST = 500; // ms in which the rest of the output comes after its end
const OURS = /^(ELECTRON_|VSCODE_|NODE_|PYTHON(PATH|HOME)$)/;

/** The variables without those that the editor set for itself or that have Python run other code. */
export function outside(environment: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !OURS.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}

/**
 * Run a program by its absolute path with these words, no shell between, for `limit` ms at most.
 * `hear` is told each part of what it prints.
 */
export function run(
  program: string,
  words: readonly string[],
  limit: number,
  hear: (part: string) => void = () => undefined,
): Running {
  const kept = { out: "", err: "" };
  let tookTooLong = false;
  const child = spawn(program, words, {
    cwd: "/",
    env: outside(process.env),
    shell: false,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, which can be ended as a whole
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      try {
        process.kill(-child.pid, name);
      } catch {
        // it has just ended
      }
    }
  };
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    signal("SIGTERM");
    timers.push(setTimeout(signal, GRACE, "SIGKILL"));
  };
  timers.push(
    setTimeout(() => {
      tookTooLong = true;
      stop();
    }, limit),
  );
  for (const [stream, name] of [
    [child.stdout, "out"],
    [child.stderr, "err"],
  ] as const) {
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => {
      if (kept[name].length < KEPT) {
        kept[name] += part.slice(0, KEPT - kept[name].length);
        hear(part);
      }
    });
  }
  const ended = new Promise<Outcome>((resolve) => {
    const done = (code: number | null): void => {
      timers.forEach(clearTimeout);
      resolve({ code, ...kept, tookTooLong });
    };
    child.on("error", (error) => {
      kept.err += error.message;
      done(null);
    });
    child.on("close", done);
    // what it started in the background may keep its output open
    child.on("exit", (code) => timers.push(setTimeout(done, REST, code)));
  });
  return { ended, stop };
}
