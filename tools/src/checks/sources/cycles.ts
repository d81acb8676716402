import type { Check } from "../check.ts";
import { listSources } from "../list-sources.ts";
import { type Problem, verdictOfProblems } from "../problem.ts";
import { writeFiles } from "../write-files.ts";
import { findCircles, readImportGraph } from "./import-graph.ts";

export const cycles: Check = {
  name: "cycles",
  what: "no files import each other in a circle, not even types",
  run: async ({ root }) => {
    const files = listSources(root, ["**/*.ts"]).filter((file) => !file.endsWith(".d.ts"));
    const circles = findCircles(await readImportGraph(root, files));
    return verdictOfProblems(circles.map(toProblem), `${files.length} files`);
  },
  plant: (folder) =>
    writeFiles(folder, {
      "lib/a.ts": 'import type { B } from "./b.ts";\nexport type A = B[];\n',
      "lib/b.ts": 'import { type A } from "./a.ts";\nexport type B = A | string;\n',
    }),
};

function toProblem(circle: ReadonlySet<string>): Problem {
  const [path = "", ...others] = [...circle].toSorted();
  return { path, text: `is in a circle of imports with ${others.join(", ")}` };
}
