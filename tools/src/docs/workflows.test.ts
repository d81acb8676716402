import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { listSources } from "../checks/list-sources.ts";
import { repositoryRoot } from "../generators/repository.ts";

const workflows = listSources(repositoryRoot, [".github/workflows/*.yml"]);
const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");

describe.each(workflows)("%s", (path) => {
  it("pins every action by its full SHA and names the version", () => {
    const uses = read(path).match(/uses: .*/g) ?? [];
    expect(uses.filter((line) => !/^uses: [\w/-]+@[0-9a-f]{40} # v\d/.test(line))).toEqual([]);
  });

  it("has permission to read the repository only", () => {
    expect(parse(read(path))).toMatchObject({
      permissions: { contents: "read" },
      concurrency: { group: expect.any(String) },
    });
  });
});

it("runs .ci/run on Linux and macOS", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml"));
  expect(jobs["check-and-test"].strategy.matrix.os).toEqual([
    expect.stringMatching(/^ubuntu-/),
    expect.stringMatching(/^macos-/),
  ]);
  expect(jobs["check-and-test"].steps).toContainEqual({ run: ".ci/run" });
});
