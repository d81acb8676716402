import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeFiles } from "../checks/write-files.ts";
import { measureHouse } from "./measure-house.ts";

it("measures all packages together and each by itself", async () => {
  const root = await mkdtemp(join(tmpdir(), "mio-house-"));
  try {
    await writeFiles(root, {
      "pnpm-workspace.yaml": "packages: [a, b]\n",
      "a/package.json": '{"name": "a"}',
      "a/src/x.ts": 'import type { Y } from "./y.ts";\nexport type X = Y;\n',
      "a/src/y.ts": 'import type { X } from "./x.ts";\nexport type Y = X;\n',
      "a/src/x.test.ts": "1;\n2;\n",
      "b/package.json": '{"name": "b"}',
      "b/src/z.ts": "export {};\n\n\nexport {};\n",
    });
    const rows = await measureHouse(root);
    expect(
      rows.map(({ name, files, lines, testsPerSource, circles }) => [
        name,
        files,
        lines,
        testsPerSource,
        circles,
      ]),
    ).toEqual([
      ["all", 3, 8, 0.25, 1],
      ["a", 2, 4, 0.5, 1],
      ["b", 1, 4, 0, 0],
    ]);
    expect(rows[0]?.fileLines).toEqual({ median: 2, p90: 2, max: 4 });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
