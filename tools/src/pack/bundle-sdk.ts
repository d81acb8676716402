import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

/** The packages that a bundle imports, by name; without Node's own modules. */
export type Imported = readonly string[];

/** The oldest Node that runs the bundle; newer syntax is rewritten. */
export const oldestNode = 22;

/**
 * Writes `index.js` and `index.d.ts` with everything of Mio's own inside. Public packages stay imports.
 *
 * @param entry the source file that exports the public API
 */
export async function bundleSdk(entry: string, folder: string): Promise<Imported> {
  const shared = {
    input: { index: entry },
    platform: "node" as const,
    external: isPublic,
    resolve: { conditionNames: ["@mio/source"] },
  };
  await using code = await rolldown({ ...shared, transform: { target: `node${oldestNode}` } });
  // Types come from isolated declarations, which need no TypeScript compiler.
  const plugins = [dts({ dtsOnly: true, generator: "oxc", tsconfig: false, resolver: "oxc" })];
  await using types = await rolldown({ ...shared, plugins });
  const written = [
    await code.write({ dir: folder, format: "esm", entryFileNames: "[name].js" }),
    await types.write({ dir: folder, format: "esm" }),
  ];
  const imports = written.flatMap(({ output }) =>
    output.flatMap((file) => (file.type === "chunk" ? file.imports : [])),
  );
  const names = new Set(imports.filter((id) => !id.startsWith("node:")).map(toPackageName));
  const imported: Imported = [...names].toSorted();
  return imported;
}

/** The bundler's runtime helpers are bundled too. */
function isPublic(id: string): boolean {
  return !/^(?:[./]|@mio\/|@oxc-project\/runtime\/)/.test(id);
}

function toPackageName(id: string): string {
  return id
    .split("/")
    .slice(0, id.startsWith("@") ? 2 : 1)
    .join("/");
}
