import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function startUp(...options: readonly string[]) {
  const env = { ...process.env, MIO_NATS_SERVER: inject("mioNatsServer") };
  const args = ["--conditions=@mio/source", main, "up", ...options];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (piece) => void said.push(String(piece)));
  return {
    child,
    said: () => said.join(""),
    exited: once(child, "exit").then(([code]) => Number(code)),
    lines: createInterface(child.stdout)[Symbol.asyncIterator](),
  };
}

it("ends with a word when its nats-server was killed and what it kept is gone", async () => {
  const { child, exited, lines } = startUp("--memory", "--free-ports", "--json");
  const nextLine = async () => JSON.parse((await lines.next()).value ?? "");
  expect(await nextLine()).toMatchObject({ ok: true });
  const { stdout } = await promisify(execFile)("pgrep", ["-P", String(child.pid), "-f", "nats-server.conf"]);
  process.kill(Number(stdout), "SIGKILL");
  expect(await exited).toBe(1);
  const message = expect.stringMatching(/^nats-server ended \(SIGKILL\), and what it kept in memory is gone/);
  expect(await nextLine()).toMatchObject({ ok: false, error: { code: "embedded.server_ended", message } });
});

it("refuses a wrong option before it starts anything", async () => {
  const { said, exited } = startUp("--think-ms", "-1");
  expect(await exited).toBe(2);
  expect(said()).toMatch(/^error: --think-ms takes a whole number of milliseconds, not -1\nnext: /);
});
