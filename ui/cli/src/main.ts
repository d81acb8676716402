import { createIo } from "./io.ts";
import { run } from "./run.ts";

const stop = new AbortController();
// Once: a second Ctrl-C ends the process immediately.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
// Every time: a closed terminal may send the signal twice, once from its shell.
process.on("SIGHUP", () => stop.abort());
const gone: readonly unknown[] = ["EPIPE", "EIO"];
// A closed pipe or terminal (as with head) ends the command and is not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!gone.includes(error.code)) throw error;
    stop.abort();
  });
}

process.exitCode = await run(createIo({ host: process, signal: stop.signal }));
