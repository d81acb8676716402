import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listSources } from "../checks/list-sources.ts";
import { readWorkspaces } from "../checks/packages/workspaces.ts";
import { repositoryRoot } from "../generators/repository.ts";

const adrs = listSources(repositoryRoot, ["docs/adr/*.md"]).map((path) =>
  readFileSync(join(repositoryRoot, path), "utf8"),
);

const workspaces = await readWorkspaces(repositoryRoot);

it.each(workspaces)("an ADR names each runtime dependency of $dir", ({ manifest }) => {
  const { dependencies, optionalDependencies } = manifest;
  const foreign = Object.keys({ ...dependencies, ...optionalDependencies }).filter(
    (name) => !name.startsWith("@mio/"),
  );
  expect(foreign.filter((name) => !adrs.some((adr) => adr.includes(`\`${name}\``)))).toEqual([]);
});
