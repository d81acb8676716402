import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { deliverySteps } from "../src/pipeline/steps.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const readme = read("README.md");

/** The transitions of the state diagram: from, to, and the words on the arrow. */
function transitions(): readonly { from: string; to: string; words: readonly string[] }[] {
  const [, diagram = ""] = readme.split("stateDiagram-v2\n");
  const lines = (diagram.split("```")[0] ?? "").trim().split("\n");
  return lines.map((line) => {
    const [, from = "", to = "", words = ""] = /^\s*(\S+) --> (\S+)(?: : (.+))?$/.exec(line) ?? [];
    return { from, to, words: words === "" ? [] : words.split(", ") };
  });
}

/** The words of a discriminated union in the sources. */
function wordsOf(path: string, type: string, discriminant: "kind" | "state" = "kind"): readonly string[] {
  const source = read(`src/${path}`);
  const [, declared = ""] = source.split(new RegExp(`export (?:type|interface) ${type}\\b`));
  const [declaration = ""] = declared.split("\n\n");
  const members = declaration.matchAll(new RegExp(`${discriminant}: ((?:"[a-z_]+"(?: \\| )?)+)`, "g"));
  return [...members].flatMap(([, words = ""]) => words.split(" | ").map((word) => word.replaceAll('"', "")));
}

it("draws the steps that the code lists, in this order", () => {
  const states = transitions().flatMap(({ from, to }) => [from, to]);
  const steps = [...new Set(states)].filter((state) => state !== "[*]");
  expect(steps.toSorted()).toEqual(deliverySteps.names.toSorted());
  const inOrder = ["[*]", ...deliverySteps.names, "[*]"];
  for (const [index, from] of inOrder.slice(0, -1).entries())
    expect(transitions(), `${from} goes on`).toContainEqual(
      expect.objectContaining({ from, to: inOrder[index + 1] }),
    );
});

it("draws the outcomes that the code knows, and no others", () => {
  const drawn = new Set(transitions().flatMap(({ words }) => words));
  const known = new Set([
    ...wordsOf("pipeline/authorize.ts", "Authorization"),
    ...wordsOf("job/platform-call.ts", "PreparedDelivery"),
    ...wordsOf("job/platform-call.ts", "Refused"),
    ...wordsOf("job/platform-call.ts", "Preparation"),
    ...wordsOf("delivery/attempt.ts", "Claim"),
    ...wordsOf("pipeline/resolve-open-attempt.ts", "Resolution"),
    ...wordsOf("job/platform-call.ts", "CallResult"),
    ...wordsOf("job/delivery-job.ts", "TryEnd"),
    ...wordsOf("job/delivery-job.ts", "Next"),
    ...wordsOf("job/delivery-job.ts", "Ended", "state"),
  ]);
  expect([...drawn].toSorted()).toEqual([...known].toSorted());
});

it("names the folders from the bottom to the top: no file imports from a folder above its own", () => {
  const [, table = ""] = readme.split("## Folders");
  const folders = [...table.matchAll(/^\| `([a-z]+)\/` \|/gm)].map(([, folder]) => folder ?? "");
  const all = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.toSorted()).toEqual(all.map(({ name }) => name).toSorted());
  const upward = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path.includes("/"))
    .flatMap((path) =>
      [...read(`src/${path}`).matchAll(/from "(\.[^"]+)"/g)]
        .map(([, target = ""]) => normalize(join(dirname(path), target)))
        // The settings import nothing of the pool.
        .filter((target) => target !== "config.ts")
        .filter((target) => floorOf(folders, target) > floorOf(folders, path))
        .map((target) => `${path} -> ${target}`),
    );
  expect(upward).toEqual([]);
});

/** Files beside the folders are above all of them. */
function floorOf(folders: readonly string[], path: string): number {
  const folder = folders.indexOf(dirname(path));
  return folder === -1 ? folders.length : folder;
}
