import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCatalogue } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { errorsDoc, renderErrors } from "./errors-doc.ts";
import { listFiles, repositoryRoot } from "./repository.ts";

const codes = Object.keys(errorCatalogue);
const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");

const sources = ["packages", "channels", "simulators", "services", "sdks", "ui", "bench", "tools"]
  .flatMap((folder) => listFiles(`${folder}/**/*.ts`))
  .filter((path) => !/\.(test|itest)\.ts$|\/test\/|\/gen\/|\/failure\/src\/catalogue\.ts$/.test(path))
  .map(read)
  .join("\n");

describe("renderErrors", () => {
  it("groups codes by area and keeps cells whole", () => {
    const text = renderErrors({
      "bus.down": { meaning: "It is a|b.", action: "Look." },
      "bus.up": { meaning: "Up.", action: "Wait." },
      "store.full": { meaning: "Full.", action: "Empty it." },
    });
    expect(text).toContain(
      "## bus\n\n| Code | What happened | What to do |\n| --- | --- | --- |\n| `bus.down` | It is a\\|b. | Look. |\n| `bus.up` |",
    );
    expect(text.match(/^## .*/gm)).toEqual(["## bus", "## store"]);
  });
});

describe("docs/errors.md", () => {
  it("lists every code and no other", () => {
    const listed = [...read(errorsDoc.path).matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual(codes);
  });
});

describe("the catalogue", () => {
  // A code may be put together from its area, as DeliveryError does.
  const isUsed = (code: string): boolean =>
    sources.includes(`"${code}"`) || sources.includes(`\`${code.split(".", 1)[0]}.\${`);

  it.each(codes)("%s is used by some source", (code) => {
    expect(isUsed(code)).toBe(true);
  });

  it("is not taken for used when nothing uses it", () => {
    expect(isUsed(["bus", "never_heard_of"].join("."))).toBe(false);
  });
});
