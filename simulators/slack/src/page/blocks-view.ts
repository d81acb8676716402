import { type Html, html } from "@mio/simulator-kit";
import { z } from "zod";
import type { Core } from "../workspace/core.ts";
import { textView } from "./text-view.ts";

const text = z.union([z.string(), z.looseObject({ text: z.string() }).transform((object) => object.text)]);
const element = z.looseObject({
  type: z.string().catch(""),
  text: text.optional().catch(undefined),
  image_url: z.string().optional().catch(undefined),
  alt_text: z.string().optional().catch(undefined),
  style: z.unknown().optional(),
});
const blockSchema = z.looseObject({
  type: z.string(),
  text: text.optional().catch(undefined),
  title: text.optional().catch(undefined),
  image_url: z.string().optional().catch(undefined),
  alt_text: z.string().optional().catch(undefined),
  fields: z.array(text).optional().catch(undefined),
  elements: z.array(element).optional().catch(undefined),
  accessory: element.optional().catch(undefined),
  rows: z.array(z.array(z.unknown())).optional().catch(undefined),
});

type Block = z.output<typeof blockSchema>;

/** Renders Block Kit roughly. */
export function blocksView(blocks: readonly unknown[], core: Core): Html {
  return html`<div class="card">${blocks.map((candidate) => {
    const parsed = blockSchema.safeParse(candidate);
    return parsed.success ? blockView(parsed.data, core) : rawView(candidate);
  })}</div>`;
}

function blockView(block: Block, core: Core): Html {
  switch (block.type) {
    case "header":
      return html`<header><b>${block.text}</b></header>`;
    case "divider":
      return html`<hr>`;
    case "markdown":
      return html`<p class="text">${block.text}</p>`;
    case "section":
      return html`<section>${block.text !== undefined && html`<p class="text">${textView(block.text, core)}</p>`}
        ${(block.fields ?? []).map((field) => html`<p class="text">${textView(field, core)}</p>`)}
        ${block.accessory && elementView(block.accessory, core)}</section>`;
    case "context":
      return html`<small>${(block.elements ?? []).map((each) => elementView(each, core))}</small>`;
    case "actions":
      return html`<p class="buttons">${(block.elements ?? []).map((each) => elementView(each, core))}</p>`;
    case "image":
      return html`<figure><small>${block.title} 🖼 ${block.alt_text} ${block.image_url}</small></figure>`;
    case "table":
      return tableView(block.rows ?? []);
    default:
      return rawView(block);
  }
}

/** Shows the name of an external picture. The page loads nothing from other hosts. */
function elementView(
  { type, text: label, image_url: url, alt_text: alt, style }: z.output<typeof element>,
  core: Core,
): Html {
  if (type === "image") return html`<span>🖼 ${alt} <small>${url}</small></span>`;
  if (type === "button")
    return html`<span class="pill ${style === "danger" ? "bad" : "good"}">${label}</span>`;
  return html`<span>${label === undefined ? type : textView(label, core)} </span>`;
}

function tableView(rows: readonly (readonly unknown[])[]): Html {
  return html`<table><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${textsIn(cell).join("")}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** Collects all texts of a cell: raw text is flat, rich text is nested. */
function textsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "text" && typeof inner === "string" ? [inner] : textsIn(inner),
  );
}

function rawView(block: unknown): Html {
  return html`<pre class="rich">${JSON.stringify(block, null, 2)}</pre>`;
}
