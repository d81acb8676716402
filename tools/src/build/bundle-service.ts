import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { toAscii } from "./to-ascii.ts";

/** As the last step: in `renderChunk` the escapes would be lost, because the chunk is printed again. */
const ascii: Plugin = {
  name: "ascii",
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === "chunk") file.code = toAscii(file.code);
  },
};

/** The files that went into a bundle, by absolute path. */
export type BundledFiles = readonly string[];

/**
 * Writes `main.js` and `chunks/` with everything that a service imports; only Node's own modules stay imports. Modules
 * that the service imports later are chunks of their own. Names are kept, so that stack traces stay readable; the source
 * maps beside the files give the lines of the sources.
 *
 * @throws Error if a module cannot be found
 */
export async function bundleService(entry: string, folder: string): Promise<BundledFiles> {
  await using bundle = await rolldown({
    input: { main: entry },
    platform: "node",
    plugins: [ascii],
    resolve: { conditionNames: ["@mio/source"] },
    onLog: (level, { code, message }) => {
      if (level !== "debug" && code === "UNRESOLVED_IMPORT") throw new Error(message);
    },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: join("chunks", "[name].js"),
    keepNames: true,
    sourcemap: true,
    comments: { legal: true, jsdoc: false, annotation: false },
  });
  const files: BundledFiles = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  return files;
}
