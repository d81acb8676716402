import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { expect, test } from "vitest";
import { cpuSecondsOf, parseStat } from "./cpu-time.ts";

test("reads the times after a name with spaces and parentheses", () => {
  const stat = "42 (a b) c) S 7 42 42 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 5 0 0";
  expect(parseStat(stat)).toEqual({ pid: 42, parent: 7, ticks: 33, endedTicks: 77 });
});

test.runIf(process.platform === "linux")("counts a child while it runs and after it has ended", async () => {
  const before = await cpuSecondsOf(process.pid);
  const child = spawn(process.execPath, [
    "-e",
    "for (const end = process.cpuUsage().user + 300_000; process.cpuUsage().user < end; ); console.log(1); setInterval(() => {}, 1_000);",
  ]);
  await once(child.stdout, "data");
  const running = await cpuSecondsOf(process.pid);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(running - before).toBeGreaterThanOrEqual(0.25);
  expect(await cpuSecondsOf(process.pid)).toBeGreaterThanOrEqual(running);
});
