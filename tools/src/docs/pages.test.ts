import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { listSources } from "../checks/list-sources.ts";
import { repositoryRoot } from "../generators/repository.ts";
import { namedPaths, relativeLinks } from "./markdown.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const exists = (path: string): boolean => existsSync(join(repositoryRoot, path));
const pages = listSources(repositoryRoot, ["*.md", "*/**/*.md"]);

/** Pages about the whole repository name paths from its root. */
const fromTheRoot = pages.filter((page) => !page.includes("/") || page.startsWith("docs/"));
const folders = readdirSync(repositoryRoot, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(\.|dist$|node_modules$)/.test(entry.name))
  .map(({ name }) => name);

/** Folders one level below the given ones. */
const readWorkspaceFolders = (parents: readonly string[]): readonly string[] =>
  parents.flatMap((parent) =>
    readdirSync(join(repositoryRoot, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${parent}/${name}`),
  );

describe("every page", () => {
  it.each(pages)("%s links to files that exist", (page) => {
    const broken = relativeLinks(read(page)).filter((target) => !exists(join(dirname(page), target)));
    expect(broken).toEqual([]);
  });
});

describe("a page about the repository", () => {
  it.each(fromTheRoot)("%s names files that exist", (page) => {
    expect(namedPaths(read(page), folders).filter((path) => !exists(path))).toEqual([]);
  });

  it("follows a message through at least fourteen files", () => {
    const sources = namedPaths(read("docs/tour.md"), folders).filter((path) => path.endsWith(".ts"));
    expect(sources.length).toBeGreaterThanOrEqual(14);
  });
});

describe("e2e/README.md", () => {
  it("lists every test file and no other", () => {
    const listed = [...read("e2e/README.md").matchAll(/^\| `([\w-]+)` +\|/gm)].map(
      ([, name]) => `e2e/${name}.e2e.ts`,
    );
    expect(listed.sort()).toEqual(listSources(repositoryRoot, ["e2e/*.e2e.ts"]).toSorted());
  });
});

describe("docs/architecture.md", () => {
  it("names a promise for every test file in e2e/", () => {
    const [, promises = ""] = /^## 1\. Promises(.*?)^## 2\./ms.exec(read("docs/architecture.md")) ?? [];
    const named = listSources(repositoryRoot, ["e2e/*.e2e.ts"]).filter((path) =>
      promises.includes(`../${path})`),
    );
    expect(named).toEqual(listSources(repositoryRoot, ["e2e/*.e2e.ts"]));
  });
});

describe("AGENTS.md", () => {
  it("maps every package, service, SDK and user interface", () => {
    const [, map = ""] = /^## Map.*?^```\n(.*?)^```/ms.exec(read("AGENTS.md")) ?? [];
    const parts = readWorkspaceFolders(["packages", "services", "sdks", "ui"]);
    expect(parts.filter((part) => !map.includes(`${part} `))).toEqual([]);
  });
});

describe("README.md", () => {
  const readme = read("README.md");

  it("has a command within 15 lines and ends before line 180", () => {
    const lines = readme.split("\n");
    expect(lines.slice(0, 15)).toContain("./mio up");
    expect(lines.length).toBeLessThanOrEqual(180);
  });

  it("maps every folder", () => {
    const [, map = ""] = /^## Map.*?^```\n(.*?)^```/ms.exec(readme) ?? [];
    const mapped = new Set(map.split("\n").map((line) => line.split(/[/ ]/)[0]));
    expect(folders.filter((folder) => !mapped.has(folder))).toEqual([]);
  });
});
