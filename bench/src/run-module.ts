import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";

/**
 * Runs a module of the bench in a separate process, so that it shares no thread with the measured code. The module reads
 * its plan as JSON from standard input, so that its arguments contain no secret, and prints its result as JSON.
 *
 * @throws MioError `bench.load_failed`
 */
export async function runModule<Result>(module: URL, plan: object, signal: AbortSignal): Promise<Result> {
  const child = spawn(process.execPath, ["--conditions=@mio/source", fileURLToPath(module)], {
    stdio: ["pipe", "pipe", "inherit"],
    signal,
  });
  child.stdin.end(JSON.stringify(plan));
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new MioError("bench.load_failed", `The load generator ended with code ${code}.`);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
