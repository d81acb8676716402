import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";
import type { LoadPlan, LoadResult } from "./load/plan.ts";

const module = fileURLToPath(new URL("./load/main.ts", import.meta.url));

/** Runs the load generator in a separate process, so that it shares no thread with the measured code. */
export async function runLoadProcess(plan: LoadPlan, signal: AbortSignal): Promise<LoadResult> {
  const child = spawn(process.execPath, ["--conditions=@mio/source", module], {
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
