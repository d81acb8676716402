import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readWorkspaces } from "../src/checks/packages/workspaces.ts";
import { repositoryRoot } from "../src/generators/repository.ts";

/** Installs every package of ours, and what any of them depends on, into a folder, as links. */
export async function installPackages(dir: string): Promise<void> {
  const links = new Map<string, string>();
  for (const { dir: folder, manifest } of await readWorkspaces(repositoryRoot)) {
    const { name, dependencies, devDependencies } = manifest;
    const home = join(repositoryRoot, folder);
    links.set(name, home);
    for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
      if (!dependency.startsWith("@mio/")) links.set(dependency, join(home, "node_modules", dependency));
    }
  }
  for (const [name, target] of links) {
    const link = join(dir, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
}
