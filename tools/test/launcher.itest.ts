import { readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFakeMachine, type FakeMachine } from "./fake-machine.ts";

let machine: FakeMachine;
beforeEach(async () => {
  machine = await createFakeMachine();
});
afterEach(() => machine[Symbol.asyncDispose]());

describe("./mio on a machine that has what it needs", () => {
  it("installs once, reports it only on stderr, and passes every argument unchanged", async () => {
    const first = await machine.launch({ args: ["test", "a b", "--", "$HOME", ""] });
    expect(first.exitCode, first.stderr).toBe(0);
    const [cwd, condition, main, ...args] = first.stdout.trimEnd().split("\n");
    expect([condition, main]).toEqual(["--conditions=@mio/source", join(machine.root, "ui/cli/src/main.ts")]);
    expect(args).toEqual(["test", "a b", "--", "$HOME"]);
    expect(cwd).not.toContain("checkout");
    expect(first.stderr).toContain("mio: installing Node and pnpm");

    const second = await machine.launch({ args: ["test"] });
    expect(second.stderr).toBe("");
    expect(await machine.calls()).toEqual(["npm", "pnpm"]);
  });

  it("needs neither node nor npm after the installation", async () => {
    await machine.launch();
    await machine.removeProgram("npm");
    await machine.removeProgram("node");
    expect(await machine.launch()).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it.each(["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"])(
    "installs again when %s changed",
    async (name) => {
      await machine.launch();
      await writeFile(join(machine.root, name), "2\n");
      await machine.launch();
      expect(await machine.calls()).toEqual(["npm", "pnpm", "pnpm"]);
    },
  );

  it("reinstalls deleted packages, and installs a new toolchain after a change of its lockfile", async () => {
    await machine.launch();
    await rm(join(machine.root, "node_modules"), { recursive: true });
    await machine.launch();
    await writeFile(join(machine.root, "tools/toolchain/package-lock.json"), "2\n");
    await machine.launch();
    expect(await machine.calls()).toEqual(["npm", "pnpm", "pnpm", "npm"]);
  });

  it("works through a symlink from any folder", async () => {
    const link = join(machine.root, "..", "linked");
    await symlink("a checkout/mio", link);
    const { stdout } = await machine.launch({ path: link, cwd: "/" });
    expect(stdout).toContain(join(machine.root, "ui/cli/src/main.ts"));
    expect(stdout).toContain("cwd=/\n");
  });

  it("installs once for two simultaneous starts", async () => {
    const env = { FAKE_PNPM_SECONDS: "0.5" };
    const both = await Promise.all([machine.launch({ env }), machine.launch({ env })]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await machine.calls()).toEqual(["npm", "pnpm"]);
  });

  it("takes over the lock of a crashed start", async () => {
    await machine.launch({ env: { FAKE_PNPM_SAYS: "broken" } });
    const lock = join(machine.root, ".tools/install.lock");
    await expect(readlink(lock)).rejects.toThrow("ENOENT");
    await symlink("2147483646", lock);
    expect(await machine.launch()).toMatchObject({ exitCode: 0 });
    await expect(readlink(lock)).rejects.toThrow("ENOENT");
  });
});

describe("./mio says in one message what is missing", () => {
  const offline = "npm http fetch GET attempt 1 failed with ECONNREFUSED";
  it.each([
    ["the registry is out of reach", { FAKE_NPM_SAYS: offline }, /registry cannot be reached/],
    ["npm fails offline", { FAKE_NPM_SAYS: "ENOTFOUND", FAKE_NPM_EXIT: "1" }, /registry cannot be reached/],
    [
      "npm fails otherwise",
      { FAKE_NPM_SAYS: "npm error EINTEGRITY" },
      /EINTEGRITY[\s\S]*installing Node and pnpm failed/,
    ],
    [
      "pnpm is offline",
      { FAKE_PNPM_SAYS: "error sending request" },
      /installing packages failed: the package/,
    ],
    ["the lockfile is stale", { FAKE_PNPM_SAYS: "ERR_PNPM_OUTDATED_LOCKFILE" }, /pnpm install' and commit/],
    ["the system is unknown", { FAKE_SYSTEM: "SunOS" }, /does not run on this platform: SunOS/],
    [
      "the processor is unknown",
      { FAKE_MACHINE: "riscv64" },
      /does not run on this platform: Linux on riscv64/,
    ],
    ["Node's binary does not start", { FAKE_PINNED_EXIT: "1" }, /does not run on this platform/],
    ["Node is too old", { FAKE_NODE_VERSION: "v18.20.0" }, /Node v18.20.0 is too old/],
    ["node is broken", { FAKE_NODE_VERSION: "oops" }, /node on PATH does not run/],
  ])("when %s", async (_case, env, message) => {
    await expectFailure({ env }, message);
  });

  it.each(["node", "npm"] as const)("when %s is not installed", async (name) => {
    await machine.removeProgram(name);
    await expectFailure({}, new RegExp(`${name} is not installed`, "i"));
  });

  it("when the checkout cannot be written", async () => {
    await writeFile(join(machine.root, ".tools"), "in the way");
    await expectFailure({}, /cannot write in .*a checkout/);
    expect(await machine.calls()).toEqual([]);
  });

  async function expectFailure(options: { env?: Record<string, string> }, message: RegExp): Promise<void> {
    const { exitCode, stdout, stderr } = await machine.launch(options);
    expect(stderr).toMatch(message);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).toMatch(/^next: \S+/m);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
  }
});
