import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The folders of a channel's `src`, each with those that it may import. */
const folders: Readonly<Record<string, readonly string[]>> = {
  identity: [],
  content: ["identity"],
  access: ["identity"],
  inbound: ["access", "content", "identity"],
  outbound: ["access", "content", "identity"],
};

/** Files at the top of `src` that every folder may import: they depend on no folder's behaviour. */
const shared: ReadonlySet<string> = new Set(["capabilities.ts", "settings.ts"]);

/** More files than this at the top of `src` belong in a folder. */
const maxTopFiles = 8;

/** Returns one problem per file or folder of a channel that does not follow the floor plan of channels. */
export function findFloorPlanProblems(root: string, dir: string): readonly string[] {
  const src = join(root, dir, "src");
  const files = globSync("**/*.ts", { cwd: src })
    .filter((file) => !file.endsWith(".test.ts"))
    .toSorted();
  const top = files.filter((file) => !file.includes("/"));
  const strange = new Set(files.filter((file) => file.includes("/")).map(folderOf));
  for (const folder of Object.keys(folders)) strange.delete(folder);
  const names = Object.keys(folders).join(", ");
  return [
    ...(top.length > maxTopFiles ? [`${dir}/src: has ${top.length} files, more than ${maxTopFiles}`] : []),
    ...[...strange].map((folder) => `${dir}/src/${folder}: not in the floor plan (${names})`),
    ...files.flatMap((file) =>
      findWrongImports(src, file).map((problem) => `${dir}/src/${file}: ${problem}`),
    ),
  ];
}

/** The folder right below `src`; empty for a file at the top. */
function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function findWrongImports(src: string, file: string): readonly string[] {
  const from = folderOf(file);
  const allowed = folders[from];
  if (allowed === undefined) return [];
  const imports = [...readFileSync(join(src, file), "utf8").matchAll(/\bfrom "(\.{1,2}\/[^"]+)"/g)];
  return imports
    .map(([, path = ""]) => normalize(join(dirname(file), path)))
    .filter((target) => !shared.has(target))
    .filter((target) => folderOf(target) !== from && !allowed.includes(folderOf(target)))
    .map((target) => `may not import ${target}`);
}
