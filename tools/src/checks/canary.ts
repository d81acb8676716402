import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Check, type CheckContext, type Verdict, verdictOf } from "./check.ts";
import { readWorkspaces } from "./packages/workspaces.ts";

/** Imports that must be refused; one that is not means that the boundary check sees nothing. */
const forbidden = [
  { from: "channels/zoho-cliq", to: "@mio/bus" },
  { from: "services/echo", to: "@mio/store" },
  { from: "services/gateway", to: "@mio/sender-pool" },
  { from: "packages/bus", to: "@mio/channels" },
  { from: "simulators/slack", to: "@mio/simulator-zoho-cliq" },
] as const;

export const canary: Check = {
  name: "canary",
  what: "the boundary check refuses forbidden imports planted in a copy",
  run: withCopy,
};

async function withCopy(context: CheckContext): Promise<Verdict> {
  const copy = await mkdtemp(join(tmpdir(), "mio-canary-"));
  try {
    await copyManifests(context.root, copy);
    const unseen: string[] = [];
    for (const { from, to } of forbidden) {
      const undo = await plant(join(copy, from), to);
      const ended = await context.run("turbo", ["boundaries", "--no-color"], { cwd: copy });
      if (ended.exitCode === 0 || !ended.output.includes(to)) unseen.push(`${from} may import ${to}`);
      await undo();
    }
    return verdictOf(unseen, `${forbidden.length} planted imports were refused`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
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
