import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { eventually, openAgentWorld } from "@mio/testkit";
import { describe, expect, it } from "vitest";

const main = new URL("../src/main.ts", import.meta.url).pathname;

describe("the echo process", () => {
  it("answers, logs one line for each message and exits with 0 on SIGTERM", async () => {
    await using world = await openAgentWorld();
    const echo = start({ NATS_URL: world.server.url });
    await world.arrive();
    await eventually(() => echo.lines.some(({ event }) => event === "echo.handled"), { timeoutMs: 60_000 });
    echo.child.kill("SIGTERM");
    const [code] = await once(echo.child, "close");
    expect(code).toBe(0);
    expect(echo.lines.map(({ event }) => event)).toEqual(["echo.connected", "echo.handled", "echo.stopped"]);
    expect(echo.lines[1]).toMatchObject({ level: "info", service: "echo", outcome: "answered", attempt: 1 });
    expect(await world.commands()).toHaveLength(2);
  });

  it("prints the problems of its settings and exits with 1", async () => {
    const echo = start({ ECHO_ENABLED: "perhaps", ECHO_THINK_MS: "-1" });
    const [code] = await once(echo.child, "close");
    expect(code).toBe(1);
    expect(echo.lines[0]).toMatchObject({ level: "error", event: "echo.failed" });
    expect(echo.lines[0]?.["reason"]).toMatch(/ECHO_ENABLED.*ECHO_THINK_MS/);
  });
});

function start(env: Record<string, string>): { child: ChildProcess; lines: Record<string, unknown>[] } {
  const child = spawn(process.execPath, ["--conditions=@mio/source", main], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  return { child, lines };
}
