import { baseConfig, csv, int, secret } from "@mio/service-kit";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { renderConfig } from "./config-doc.ts";
import { replaceTable } from "./service-readmes.ts";

const servers = csv().default(["nats://localhost:4222"]).describe("NATS servers.");
const one = {
  service: "one",
  schema: z.object({
    ...baseConfig,
    MIO_NATS_URLS: servers,
    MIO_KEY: secret().describe("A key."),
    MIO_SIZE: int({ min: 1, max: 9 }).default(1).describe("Size: a|b."),
  }),
};
const two = {
  service: "two",
  schema: z.object({
    ...baseConfig,
    MIO_NATS_URLS: servers,
    MIO_SIZE: int({ min: 1, max: 9 }).default(2).describe("Size."),
  }),
};

const sectionsOf = (markdown: string): ReadonlyMap<string, string> =>
  new Map(markdown.split("\n## ").map((part) => [part.split("\n", 1)[0] ?? "", part]));

describe("renderConfig", () => {
  const sections = sectionsOf(renderConfig([one, two]));

  it("names a setting of several services once, with who reads it", () => {
    expect(sections.get("Several services")).toContain(
      "| `MIO_NATS_URLS` | `nats://localhost:4222` | NATS servers. | one, two |",
    );
    expect(sections.get("one")).not.toContain("MIO_NATS_URLS");
  });

  it("keeps a setting apart whose default differs between services", () => {
    expect(sections.get("one")).toContain("| `MIO_SIZE` | `1` | Size: a\\|b. |");
    expect(sections.get("two")).toContain("| `MIO_SIZE` | `2` | Size. |");
  });

  it("says that a secret may be in a file and is required", () => {
    expect(sections.get("one")).toContain("| `MIO_KEY` or `MIO_KEY_FILE` | **required** | A key. |");
  });

  it("has the settings of every service and of each channel", () => {
    expect(sections.get("Every service")).toContain("`MIO_GRACEFUL_SHUTDOWN_SECS`");
    expect([...sections.keys()].some((title) => title.startsWith("Channel "))).toBe(true);
  });
});

describe("replaceTable", () => {
  const readme = "# A\n\n<!-- config:start -->\nold\n<!-- config:end -->\n\nmore\n";

  it("changes nothing but what is between the markers, and a second time nothing at all", () => {
    const made = replaceTable(readme, "| new |");
    expect(made).toBe("# A\n\n<!-- config:start -->\n\n| new |\n\n<!-- config:end -->\n\nmore\n");
    expect(replaceTable(made, "| new |")).toBe(made);
  });

  it("leaves a text without markers alone", () => {
    expect(replaceTable("# A\n", "| new |")).toBe("# A\n");
  });
});
