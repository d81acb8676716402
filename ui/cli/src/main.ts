import { createIo } from "./io.ts";
import { run } from "./run.ts";

const stop = new AbortController();
// Once: a second Ctrl-C ends the process at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
// Each time: a terminal that is closed may tell so twice, once by its shell.
process.on("SIGHUP", () => stop.abort());
const gone: readonly unknown[] = ["EPIPE", "EIO"];
// A reader that went away (as head does, or a closed terminal) ends the command and is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!gone.includes(error.code)) throw error;
    stop.abort();
  });
}

process.exitCode = await run(createIo({ host: process, signal: stop.signal }));
