import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const mio = `"${process.execPath}" --conditions=@mio/source "${main}"`;

async function shell(script: string): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const run = promisify(execFile)("bash", ["-c", `set -o pipefail; ${script}`]);
  return run.then(
    (ended) => ({ ...ended, exitCode: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => ({ ...error, exitCode: error.code }),
  );
}

it("returns its exit code to the shell", async () => {
  expect(await shell(`${mio} nonsense`)).toMatchObject({
    exitCode: 2,
    stdout: "",
    stderr: "error: unknown command 'nonsense'\nnext: see ./mio --help\n",
  });
});

it.each(["--help | true", "dlq 2>&1 | true"])(
  "ends silently when its reader closes the pipe: %s",
  async (line) => {
    const { stderr, exitCode } = await shell(`${mio} ${line}`);
    expect({ stderr, crashed: exitCode === 1 }).toEqual({ stderr: "", crashed: false });
  },
);

it("packs the SDK into the folder that is asked for, and names the tarball", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mio-pack-"));
  try {
    const { stdout, exitCode } = await shell(`${mio} pack --json --out "${folder}"`);
    expect(exitCode).toBe(0);
    const packed: unknown = JSON.parse(stdout);
    const [file = ""] = await readdir(folder);
    expect(packed).toMatchObject({ ok: true, name: "@mio/sdk", tarball: join(folder, file) });
  } finally {
    await rm(folder, { recursive: true });
  }
});
