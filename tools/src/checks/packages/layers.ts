import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Check, verdictOf } from "../check.ts";
import { listSources } from "../list-sources.ts";
import { readWorkspaces, type Workspace } from "./workspaces.ts";

/**
 * Rules that `turbo boundaries` cannot express: its rules follow transitive dependencies and do not distinguish tests from
 * other code.
 */
const allowed: readonly { readonly dir: RegExp; readonly may: RegExp }[] = [
  { dir: /^services\/echo$/, may: /^@mio\/sdk$/ },
  { dir: /^channels\/(?!all$)/, may: /^@mio\/(proto|failure|envelope|channel-kit|markdown|emoji|pacing)$/ },
  { dir: /^simulators\/(?!all$)/, may: /^@mio\/(failure|pacing|simulator-kit)$/ },
  { dir: /^services\/(?!echo$|all-in-one$)/, may: /^@mio\/(?!channel-(?!kit$))/ },
];

const importsEnterprise = /(?:from|import)\s*\(?\s*["'](?:@mio-ee\/|(?:\.\.\/)+ee\/)/;

export const layers: Check = {
  name: "layers",
  what: "echo uses only the SDK, channels only their contract, simulators only their kit, services only the list of channels, and no package uses ee/",
  run: async ({ root }) => {
    const workspaces = await readWorkspaces(root);
    const problems = [...workspaces.flatMap(findStrangers), ...(await findEnterpriseImports(root))];
    return verdictOf(problems, `${workspaces.length} packages`);
  },
};

/** The packages of ours that a package uses, outside its tests, and may not. */
export function findStrangers(workspace: Workspace): readonly string[] {
  const rules = allowed.filter(({ dir }) => dir.test(workspace.dir));
  return Object.keys(workspace.manifest.dependencies)
    .filter((name) => name.startsWith("@mio/"))
    .filter((name) => rules.some(({ may }) => !may.test(name)))
    .map((name) => `${workspace.dir}/package.json: may not use ${name}`);
}

async function findEnterpriseImports(root: string): Promise<readonly string[]> {
  const files = listSources(root, ["**/*.ts"]);
  const found = await Promise.all(
    files.map(async (file) => importsEnterprise.test(await readFile(join(root, file), "utf8"))),
  );
  return files
    .filter((file, index) => found[index] && !file.startsWith("ee/"))
    .map((file) => `${file}: nothing may import ee/`);
}
