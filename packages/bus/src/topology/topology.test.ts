import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { consumers, senderPoolOf, streams } from "./topology.ts";

const contract = readFileSync(new URL("../../../../docs/contracts/consumer.md", import.meta.url), "utf8");
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

  it("names the notification of commands", () => {
    expect(contract).toContain(`\`${streams.outbound.notify?.to}\``);
  });

  it("forms subjects for every stream that others see, for the notification, and for nothing else", () => {
    const [, block = ""] = /^## 2\. Subjects\n+```\n(.*?)^```/ms.exec(contract) ?? [];
    const formed = block
      .trim()
      .split("\n")
      .map((line) => `${line.split(".<")[0]}.>`);
    const { scheduled, attachments, ...seen } = streams;
    expect(contract).toContain(`| \`${scheduled.subjects[0]}\` | work queue, 400 days | do not use`);
    expect(contract).toContain(`| \`${attachments.subjects[0]}\` | work queue, 7 days | do not use`);
    const declared = Object.values(seen).flatMap(({ subjects, notify }) => [
      ...subjects,
      ...(notify ? [notify.to] : []),
    ]);
    expect(new Set(formed)).toEqual(new Set(declared));
  });

  it.each([`\`${consumers.agents.durable}\``, `\`${senderPoolOf("<account_id>").durable}\``])(
    "names the durable %s",
    (durable) => {
      expect(contract).toContain(durable);
    },
  );
});

const architecture = readFileSync(new URL("../../../../docs/architecture.md", import.meta.url), "utf8");

/** As the table writes it: `7 d`, `24 h`, `2 min`, `60 s`. */
function toSpan(ms: number): string {
  if (ms > 24 * hour) return `${ms / (24 * hour)} d`;
  if (ms >= hour) return `${ms / hour} h`;
  return ms > 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}

function toSize(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return mib >= 1_024 ? `${mib / 1_024} GiB` : `${mib} MiB`;
}

describe("the page on the architecture", () => {
  const [, section = ""] = architecture.split("## 5. Streams\n");
  const rows = [...(section.split("## 6.")[0] ?? "").matchAll(/^\| `(MESSAGES_\w+)` \|(.+)\|$/gm)].map(
    ([, name = "", rest = ""]) => [name, ...rest.split("|").map((cell) => cell.trim())],
  );

  it("lists every stream as it is declared, and no other", () => {
    const declared = Object.values(streams).map((stream) => {
      const { name, subjects, retention, maxAgeMs, maxBytes, discard, duplicateWindowMs } = stream;
      const bounds = [toSize(maxBytes), discard === "new" ? "refuses when full" : "drops the oldest"];
      const keeps = [
        ...(retention === "workqueue" ? ["work queue"] : []),
        toSpan(maxAgeMs),
        ...(maxBytes > 0 ? bounds : []),
      ];
      return [name, `\`${subjects.join("`, `")}\``, keeps.join(", "), toSpan(duplicateWindowMs)];
    });
    expect(new Set(rows.map((row) => row.slice(0, 4).join(" | ")))).toEqual(
      new Set(declared.map((row) => row.join(" | "))),
    );
  });

  it("names only durables that are declared for the stream", () => {
    const undeclared = rows.flatMap(([name, , , , , readers = ""]) => {
      const durables = Object.values(consumers)
        .filter(({ stream }) => stream.name === name)
        .map(({ durable }) => durable);
      const named = [...readers.matchAll(/`([^`]+)`/g)].map(([, durable = ""]) =>
        durable.replace("-<account>", ""),
      );
      return named.filter((durable) => !durables.includes(durable));
    });
    expect(undeclared).toEqual([]);
  });
});
