import { create, toJson } from "@bufbuild/protobuf";
import { RichContentSchema } from "@mio/proto";
import { expect, it } from "vitest";
import { toWireRichContent } from "./rich-content.ts";

it("writes each block and button as the wire has it", () => {
  const wire = toWireRichContent({
    card: { title: "Report", theme: "poll" },
    blocks: [
      { kind: "text", title: "Intro", text: "halo" },
      { kind: "list", items: ["one", "two"] },
      { kind: "table", headers: ["a", "b"], rows: [["1", "2"], ["3"]] },
      { kind: "label", labels: [{ key: "k", value: "v" }] },
      { kind: "images", urls: ["https://files.example/1.png"] },
    ],
    buttons: [
      { label: "Open", style: "primary", action: { kind: "open_url", url: "https://example.com" } },
      { label: "Look", hint: "first", action: { kind: "preview_url", url: "https://example.com" } },
      { label: "Copy", style: "neutral", action: { kind: "copy", text: "halo" } },
      {
        label: "Run",
        key: "run",
        style: "danger",
        action: { kind: "invoke_function", functionName: "f", functionOwner: "o" },
      },
    ],
  });
  expect(toJson(RichContentSchema, create(RichContentSchema, wire))).toEqual({
    card: { title: "Report", theme: "poll" },
    blocks: [
      { text: { title: "Intro", text: "halo" } },
      { list: { items: ["one", "two"] } },
      { table: { headers: ["a", "b"], rows: [{ cells: ["1", "2"] }, { cells: ["3"] }] } },
      { label: { labels: [{ key: "k", value: "v" }] } },
      { images: { urls: ["https://files.example/1.png"] } },
    ],
    buttons: [
      {
        label: "Open",
        style: "STYLE_PRIMARY",
        action: { kind: "KIND_OPEN_URL", url: "https://example.com" },
      },
      { label: "Look", hint: "first", action: { kind: "KIND_PREVIEW_URL", url: "https://example.com" } },
      { label: "Copy", style: "STYLE_NEUTRAL", action: { kind: "KIND_COPY", text: "halo" } },
      {
        label: "Run",
        key: "run",
        style: "STYLE_DANGER",
        action: { kind: "KIND_INVOKE_FUNCTION", functionName: "f", functionOwner: "o" },
      },
    ],
  });
});

it("writes nothing for nothing", () => {
  expect(toJson(RichContentSchema, create(RichContentSchema, toWireRichContent({})))).toEqual({});
});
