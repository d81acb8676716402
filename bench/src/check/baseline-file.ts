import { readFile, writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform } from "node:os";
import { type Baseline, toBaseline } from "./baseline.ts";
import type { Ratio } from "./ratios.ts";

/** In the repository, so that a change of a ratio is reviewed with the change that causes it. */
const file = new URL("../../baseline.json", import.meta.url);

/** Undefined if no ratios are stored. */
export async function readBaseline(): Promise<Baseline | undefined> {
  const content = await readFile(file, "utf8").catch(() => undefined);
  return content === undefined ? undefined : JSON.parse(content);
}

/** Stores the ratios of these runs with a note on the machine. */
export async function recordBaseline(runs: readonly (readonly Ratio[])[]): Promise<Baseline> {
  const model = cpus()[0]?.model ?? "unknown processor";
  const machine = `${platform()} ${arch()}, ${availableParallelism()} processors, ${model}`;
  const baseline = toBaseline(machine, runs);
  await writeFile(file, `${JSON.stringify(baseline, undefined, 2)}\n`);
  return baseline;
}
