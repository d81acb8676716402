import { readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { parseSync } from "oxc-parser";

/** The files that each file imports from its own package. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the relative imports of files: of values and of types, static and dynamic, and what they export again. */
export async function readImportGraph(root: string, files: readonly string[]): Promise<ImportGraph> {
  const read = async (file: string): Promise<[string, readonly string[]]> => {
    const text = await readFile(join(root, file), "utf8");
    return [file, relativeImports(file, text).map((path) => normalize(join(file, "..", path)))];
  };
  return new Map(await Promise.all(files.map(read)));
}

function relativeImports(file: string, text: string): readonly string[] {
  const { staticImports, staticExports } = parseSync(file, text).module;
  const requests: (string | undefined)[] = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value)),
    ...[...text.matchAll(/\b(?:import|new URL)\(\s*"([^"]+\.ts)"/g)].map(([, path]) => path),
  ];
  return [...new Set(requests.filter((path) => path !== undefined))].filter((path) => path.startsWith("."));
}

/** The groups of two files or more that import each other in a circle (Kosaraju's algorithm). */
export function findCircles(graph: ImportGraph): readonly ReadonlySet<string>[] {
  const importers = reverse(graph);
  const grouped = new Set<string>();
  const circles: ReadonlySet<string>[] = [];
  for (const file of importsFirst(graph).toReversed()) {
    if (grouped.has(file)) continue;
    const group = reach(importers, [file], grouped);
    for (const member of group) grouped.add(member);
    if (group.size > 1) circles.push(group);
  }
  return circles;
}

/** Every file after what it imports, but for circles. */
function importsFirst(graph: ImportGraph): readonly string[] {
  const seen = new Set<string>();
  const ordered: string[] = [];
  const enter = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const next of graph.get(file) ?? []) enter(next);
    ordered.push(file);
  };
  for (const file of graph.keys()) enter(file);
  return ordered;
}

function reverse(graph: ImportGraph): ImportGraph {
  const pairs = [...graph].flatMap(([file, imports]) => imports.map((imported) => ({ file, imported })));
  const groups = Map.groupBy(pairs, ({ imported }) => imported);
  return new Map([...groups].map(([imported, found]) => [imported, found.map(({ file }) => file)]));
}

/** The entries and every file that can be reached from them, without those to leave out. */
export function reach(
  graph: ImportGraph,
  entries: Iterable<string>,
  without: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file) || without.has(file)) continue;
    reached.add(file);
    waiting.push(...(graph.get(file) ?? []));
  }
  return reached;
}
