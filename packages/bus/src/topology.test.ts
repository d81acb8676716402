import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { streams } from "./topology.ts";

const contract = readFileSync(new URL("../../../docs/contracts/consumer.md", import.meta.url), "utf8");
const hour = 3_600_000;

describe("the consumer contract", () => {
  it("lists every stream with its subjects, its retention and its age, and no other", () => {
    const [, section = ""] = contract.split("## 1. Streams\n");
    const rows = (section.split("## 2.")[0] ?? "").matchAll(
      /^\| `(MESSAGES_\w+)` \| `([^`]+)` \| ([^|]+) \|/gm,
    );
    const listed = [...rows].map(([, name, subject, keeps]) => [name, subject, keeps]);
    const declared = Object.values(streams).map(({ name, subjects, retention, maxAgeMs }) => {
      const age = maxAgeMs > 24 * hour ? `${maxAgeMs / (24 * hour)} days` : `${maxAgeMs / hour} hours`;
      return [name, subjects.join(", "), retention === "workqueue" ? `work queue, ${age}` : age];
    });
    expect(new Set(listed.map(String))).toEqual(new Set(declared.map(String)));
  });

  it("names the bell of commands", () => {
    expect(contract).toContain(`\`${streams.outbound.bell?.to}\``);
  });
});
