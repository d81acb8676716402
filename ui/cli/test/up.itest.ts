import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { z } from "zod";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function startUp(...options: readonly string[]) {
  return startUpIn({}, ...options);
}

function startUpIn(settings: NodeJS.ProcessEnv, ...options: readonly string[]) {
  const env = { ...process.env, MIO_NATS_SERVER: inject("mioNatsServer"), ...settings };
  const args = ["--conditions=@mio/source", main, "up", ...options];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (piece) => void said.push(String(piece)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exited = once(child, "exit").then(([code, signal]): unknown => code ?? signal);
  return {
    said: () => said.join(""),
    exited,
    /** Reads the next object that `up --json` prints. */
    nextObject: async () => JSON.parse((await lines.next()).value ?? ""),
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** Kills the server whose command line contains the words. */
    kill: async (words: string) => {
      const { stdout } = await promisify(execFile)("pgrep", ["-P", String(child.pid), "-f", words]);
      process.kill(Number(stdout), "SIGKILL");
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Types in the Cliq simulator; true when the webhook was answered 200. */
async function say(simulator: string, text: string): Promise<boolean> {
  const body = JSON.stringify({ chat: "general", user: "Ana", text });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${simulator}/sim/say`, { method: "POST", headers, body });
  const { deliveries } = z
    .object({ deliveries: z.array(z.object({ status: z.number() })) })
    .parse(await answer.json());
  return deliveries.length > 0 && deliveries.every(({ status }) => status === 200);
}

async function answers(simulator: string): Promise<readonly string[]> {
  const page: unknown = await (await fetch(`${simulator}/sim/posts`)).json();
  const { posts } = z.object({ posts: z.array(z.object({ text: z.string() })) }).parse(page);
  return posts.map(({ text }) => text);
}

it("restarts a killed server, names it, and answers messages from before and after", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mio-up-test-"));
  try {
    await using up = startUp("--data", dir, "--free-ports", "--json", "--think-ms", "0");
    const { cliq } = await up.nextObject();
    const patience = { timeout: 40_000, interval: 250 };
    for (const [server, words] of [
      ["nats-server", "nats-server.conf"],
      ["Postgres", "postgres -D"],
    ] as const) {
      expect(await say(cliq, `before ${server}`)).toBe(true);
      await up.kill(words);
      await expect.poll(() => say(cliq, `after ${server}`), patience).toBe(true);
      const echoes = [`echo: before ${server}`, `echo: after ${server}`];
      await expect.poll(() => answers(cliq), patience).toEqual(expect.arrayContaining(echoes));
      await expect.poll(up.said).toContain(`${server} was started again`);
      expect(up.said()).toContain(`${server} ended by itself (SIGKILL)`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
});

it("exits with an error when its in-memory nats-server is killed", async () => {
  await using up = startUp("--memory", "--free-ports", "--json");
  expect(await up.nextObject()).toMatchObject({ ok: true });
  await up.kill("nats-server.conf");
  expect(await up.exited).toBe(1);
  // The log is deleted too, so the message contains its end.
  const message = expect.stringMatching(
    /^nats-server ended \(SIGKILL\), and what it kept in memory is gone\. It wrote last:\n.*Server is ready/s,
  );
  expect(await up.nextObject()).toMatchObject({
    ok: false,
    error: { code: "embedded.server_ended", message },
  });
});

it("warns once of unknown settings, and starts", async () => {
  const settings = { MIO_PUBLISH_WIAT: "1s", MIO_ENV: "dev", MIO_POSTGRES_BIN: "" };
  await using up = startUpIn(settings, "--memory", "--free-ports", "--json");
  expect(await up.nextObject()).toMatchObject({ ok: true });
  const warnings = up
    .said()
    .match(/.*config\.unknown.*/g)
    ?.map((line) => JSON.parse(line));
  expect(warnings).toMatchObject([
    {
      level: "warn",
      service: "mio",
      warnings: [expect.stringMatching(/^MIO_PUBLISH_WIAT .*MIO_PUBLISH_WAIT\?$/)],
    },
  ]);
});

it("drains when its terminal is closed, also on repeated signals", async () => {
  await using up = startUp("--memory", "--free-ports", "--json");
  expect(await up.nextObject()).toMatchObject({ ok: true });
  up.signal("SIGHUP");
  await expect.poll(up.said).toContain("mio: draining");
  up.signal("SIGHUP");
  expect(await up.exited).toBe(0);
});

it("refuses a wrong option before it starts anything", async () => {
  await using up = startUp("--think-ms", "-1");
  expect(await up.exited).toBe(2);
  expect(up.said()).toMatch(/^error: option '--think-ms <ms>' argument '-1' is invalid\. .+\nnext: /);
});
