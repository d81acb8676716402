import { join } from "node:path";
import { type Check, type CheckContext, runAll, type Verdict, verdictOf } from "../check.ts";
import { type Manifest, readManifest } from "./workspaces.ts";

export const versions: Check = {
  name: "versions",
  what: "every version is named once, in the catalog (syncpack); the launcher's pins agree",
  run: async (context) => {
    const listed = await runAll(context, [["syncpack", "lint"]]);
    return listed.ok ? comparePins(context) : listed;
  },
};

async function comparePins({ root }: CheckContext): Promise<Verdict> {
  const toolchain = await readManifest(join(root, "tools/toolchain/package.json"));
  const project = await readManifest(join(root, "package.json"));
  return verdictOf(findPinProblems(project, toolchain), "catalog, toolchain");
}

/** macOS takes the pnpm whose content could be pinned; Linux takes the one that package.json names. */
export function findPinProblems(project: Manifest, toolchain: Manifest): readonly string[] {
  const pins = Object.entries(toolchain.optionalDependencies);
  const loose = pins.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  const nodes = new Set(pins.filter(([name]) => name.startsWith("node-")).map(([, version]) => version));
  const pnpm = pins.filter(([name]) => name.startsWith("@pnpm/exe.linux-"));
  return [
    ...loose.map(([name]) => `tools/toolchain/package.json: ${name} is not one exact version`),
    ...(nodes.size === 1 ? [] : ["tools/toolchain/package.json: the platforms have different Nodes"]),
    ...pnpm
      .filter(([, version]) => project.packageManager !== `pnpm@${version}`)
      .map(([name]) => `tools/toolchain/package.json: ${name} is not the packageManager of package.json`),
  ];
}
