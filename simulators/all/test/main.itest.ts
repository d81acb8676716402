import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describe("the simulator as a process", () => {
  it("prints its addresses and exits cleanly on SIGTERM, even with an event reader connected", async () => {
    const env = { ...process.env, MIO_CLIQ_SIMULATOR_ENCODING: "hex" };
    const child = spawn(process.execPath, ["--conditions=@mio/source", main, "--port", "0"], {
      env,
      stdio: "pipe",
    });
    const exited = once(child, "exit");
    const [line] = await once(createInterface(child.stdout), "line");
    const ready: Record<string, string> = JSON.parse(line);
    expect(ready).toMatchObject({
      url: expect.stringMatching(/^http/),
      apiBaseUrl: expect.stringMatching(/^http/),
    });
    const events = await fetch(`${ready["url"]}/sim/events`);
    expect(events.status).toBe(200);
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    await events.body?.cancel().catch(() => undefined);
  });

  it("starts Slack with --platform slack", async () => {
    const env = { ...process.env, MIO_SLACK_SIMULATOR_TRANSPORT: "socket" };
    const child = spawn(process.execPath, ["--conditions=@mio/source", main, "--platform", "slack"], {
      env,
      stdio: "pipe",
    });
    const exited = once(child, "exit");
    const [line] = await once(createInterface(child.stdout), "line");
    const ready: Record<string, string> = JSON.parse(line);
    expect(ready).toMatchObject({
      apiBaseUrl: expect.stringMatching(/\/api\/$/),
      botToken: expect.stringMatching(/^xoxb-/),
      appToken: expect.stringMatching(/^xapp-/),
    });
    expect(await (await fetch(`${ready["url"]}/sim/state`)).json()).toMatchObject({ transport: "socket" });
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });

  it.each([
    ["--encoding", "rot13"],
    ["--platform", "pigeons"],
    ["--transport", "socket"],
  ])("rejects invalid flags: %s %s", async (...args) => {
    const child = spawn(process.execPath, ["--conditions=@mio/source", main, ...args], {
      stdio: "ignore",
    });
    const [code] = await once(child, "exit");
    expect(code).not.toBe(0);
  });
});
