import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Check, type CheckContext, verdictOf } from "./check.ts";
import { readWorkspaces } from "./packages/workspaces.ts";

/** Imports that `boundaries` must refuse. */
const forbidden = [
  { from: "channels/zoho-cliq", to: "@mio/bus" },
  { from: "services/echo", to: "@mio/store" },
  { from: "services/gateway", to: "@mio/sender-pool" },
  { from: "packages/bus", to: "@mio/channels" },
  { from: "simulators/slack", to: "@mio/simulator-zoho-cliq" },
] as const;

/** Plants in copies what the given steps must refuse; a step that accepts it checks nothing. */
export function createCanary(checks: readonly Check[]): Check {
  return {
    name: "canary",
    what: "steps refuse what is planted for them in a copy",
    run: async (context) => {
      const imports = await inFolder((folder) => plantImports(folder, context));
      const steps = await Promise.all(
        checks.map((check) => inFolder((folder) => runPlanted(check, folder, context))),
      );
      const count = forbidden.length + checks.filter(({ plant }) => plant).length;
      return verdictOf([...imports, ...steps.flat()], `${count} planted problems were refused`);
    },
  };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mio-canary-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runPlanted(check: Check, folder: string, { run }: CheckContext): Promise<readonly string[]> {
  if (check.plant === undefined) return [];
  const context: CheckContext = {
    root: folder,
    run: (program, args, options) => run(program, args, { cwd: folder, ...options }),
  };
  await check.plant(folder, context);
  const { ok } = await check.run(context);
  return ok ? [`${check.name} accepts what is planted for it`] : [];
}

async function plantImports(copy: string, context: CheckContext): Promise<readonly string[]> {
  await copyManifests(context.root, copy);
  const unseen: string[] = [];
  for (const { from, to } of forbidden) {
    const undo = await plant(join(copy, from), to);
    const ended = await context.run("turbo", ["boundaries", "--no-color"], { cwd: copy });
    if (ended.exitCode === 0 || !ended.output.includes(to)) unseen.push(`${from} may import ${to}`);
    await undo();
  }
  return unseen;
}

async function copyManifests(root: string, copy: string): Promise<void> {
  const dirs = (await readWorkspaces(root)).map(({ dir }) => dir);
  const perPackage = dirs.flatMap((dir) => [`${dir}/package.json`, `${dir}/turbo.json`]);
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", "turbo.json", ...perPackage]) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await copyFile(join(root, file), join(copy, file));
  }
}

async function plant(dir: string, target: string): Promise<() => Promise<void>> {
  const manifest = join(dir, "package.json");
  const before = await readFile(manifest, "utf8");
  const planted = before.replace('"dependencies": {', `"dependencies": {\n    "${target}": "workspace:*",`);
  await writeFile(manifest, planted);
  await mkdir(join(dir, "src"), { recursive: true });
  await appendFile(join(dir, "src", "canary.ts"), `import "${target}";\n`);
  return async () => {
    await writeFile(manifest, before);
    await rm(join(dir, "src"), { recursive: true });
  };
}
