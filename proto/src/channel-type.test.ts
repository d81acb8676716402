import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderChannels } from "../scripts/render-channels.ts";
import { activeChannelTypes, fromChannelSlug, isKnownChannelType, toChannelSlug } from "./index.ts";

describe("channel types", () => {
  it("are the active platforms", () => {
    expect(activeChannelTypes).toEqual(["discord", "slack", "zoho_cliq"]);
  });

  it("know no planned, foreign or inherited name", () => {
    for (const name of ["telegram", "matrix", "", "Slack", "constructor", "__proto__"]) {
      expect(isKnownChannelType(name)).toBe(false);
    }
  });

  it("round-trip through slugs", () => {
    for (const type of activeChannelTypes) expect(fromChannelSlug(toChannelSlug(type))).toBe(type);
  });

  it("have exactly one slug each", () => {
    expect(fromChannelSlug("zoho_cliq")).toBeUndefined();
    expect(fromChannelSlug("telegram")).toBeUndefined();
  });
});

describe("the generated registry", () => {
  it("is what channels.yaml says today", () => {
    const folder = mkdtempSync(join(tmpdir(), "mio-channels-"));
    try {
      const output = join(folder, "channels.ts");
      const script = fileURLToPath(new URL("../scripts/generate-channels.ts", import.meta.url));
      execFileSync(process.execPath, [script, output]);
      const committed = readFileSync(new URL("../gen/channels.ts", import.meta.url), "utf8");
      expect(readFileSync(output, "utf8")).toBe(committed);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("sorts names and drops what is not active from the active ones", () => {
    const text = renderChannels(
      "channel_types: [{name: zulu, status: Active}, {name: alfa, status: active}, {name: old, status: deprecated}]\n" +
        "deprecated_aliases: {yankee: zulu}\n",
    );
    expect(text).toContain('activeChannelTypes = ["alfa", "zulu"]');
    expect(text).toContain('deprecatedChannelTypes = ["old"]');
    expect(text).toContain('yankee: "zulu",');
  });

  it.each([
    ["a dotted name", "channel_types: [{name: a.b, status: active}]"],
    ["an unknown status", "channel_types: [{name: a, status: live}]"],
    ["a name listed twice", "channel_types: [{name: a, status: active}, {name: a, status: planned}]"],
    [
      "an alias that points nowhere",
      "channel_types: [{name: a, status: active}]\ndeprecated_aliases: {b: c}",
    ],
    ["an alias that is a name", "channel_types: [{name: a, status: active}]\ndeprecated_aliases: {a: a}"],
    ["no list", "channel_types: 3"],
  ])("refuses %s", (_, yaml) => {
    expect(() => renderChannels(yaml)).toThrow(/channels\.yaml/);
  });
});
