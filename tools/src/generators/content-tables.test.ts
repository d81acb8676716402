import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { contentTable, replaceContentTable } from "./content-tables.ts";

it("has a row for each fixture, with what an agent gets", () => {
  const folder = mkdtempSync(join(tmpdir(), "fixtures-"));
  const write = (name: string, value: object): void =>
    writeFileSync(join(folder, `${name}.expected.json`), JSON.stringify(value));
  try {
    write("a-text", {
      kind: "message",
      message: {
        text: "one\n`two` | three",
        attachments: [{ kind: "KIND_IMAGE" }, {}],
        attributes: { x_unread_content: "y" },
      },
    });
    write("b-edit", { kind: "message", message: { text: "x".repeat(121), relation: { kind: "KIND_EDIT" } } });
    write("c-ignored", { kind: "ignored", reason: "no_content" });
    write("d-challenge", { kind: "handshake" });
    expect(contentTable(folder, "../f").split("\n").slice(2)).toEqual([
      "| a text | message; `one⏎ˋtwoˋ \\| three`; attachments: image, file; `x_unread_content`: y | [a-text](../f/a-text.json) |",
      `| b edit | EDIT; \`${"x".repeat(120)}…\` | [b-edit](../f/b-edit.json) |`,
      "| c ignored | nothing: ignored as `no_content` | [c-ignored](../f/c-ignored.json) |",
      "| d challenge | nothing: handshake | [d-challenge](../f/d-challenge.json) |",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("replaces what is between the markers, which a page needs", () => {
  const page = "a\n<!-- content:start -->\n\nold\n\n<!-- content:end -->\nb";
  expect(replaceContentTable(page, "new")).toBe(
    "a\n<!-- content:start -->\n\nnew\n\n<!-- content:end -->\nb",
  );
  expect(() => replaceContentTable("a", "new")).toThrow("content:start");
});
