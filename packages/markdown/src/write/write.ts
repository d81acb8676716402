import type { AlignType, Code, List, ListItem, Root, RootContent, Table, TableCell } from "mdast";
import { destination } from "./runs.ts";
import { longestRun } from "./spell.ts";
import { writeInline } from "./write-inline.ts";

type Block = RootContent;

/** Writes a tree as Markdown that parses back to the same tree, with text as typed where possible. */
export function writeMarkdown(root: Root): string {
  return writeBlocks(root.children, "\n\n");
}

function writeBlocks(blocks: readonly Block[], gap: "\n" | "\n\n"): string {
  let written = "";
  let previous: Block | undefined;
  let isAlternate = false;
  for (const block of blocks) {
    isAlternate = follows(block, previous) && !isAlternate;
    const text = writeBlock(block, isAlternate);
    if (text === "") continue;
    if (previous !== undefined) written += touches(previous, block) ? gap : "\n\n";
    written += text;
    previous = block;
  }
  return written;
}

/** Whether two lists need different signs, without which they would be one. */
function follows(block: Block, previous: Block | undefined): boolean {
  return (
    block.type === "list" && previous?.type === "list" && Boolean(block.ordered) === Boolean(previous.ordered)
  );
}

/** Whether a block ends the previous one without a blank line. */
function touches(previous: Block, block: Block): boolean {
  if (previous.type !== "paragraph") return false;
  if (block.type !== "list") return block.type === "code";
  const isFirst = !block.ordered || (block.start ?? 1) === 1;
  return isFirst && block.children[0]?.children[0]?.type === "paragraph";
}

function writeBlock(block: Block, isAlternate: boolean): string {
  switch (block.type) {
    case "paragraph":
      return writeInline(block.children, { prefix: "", lineEnd: "\n" });
    case "heading": {
      const prefix = `${"#".repeat(block.depth)} `;
      return `${prefix}${writeInline(block.children, { prefix, lineEnd: " " })}`.trimEnd();
    }
    case "blockquote":
      return indent(writeBlocks(block.children, "\n\n"), "> ", "> ");
    case "list":
      return writeList(block, isAlternate);
    case "code":
      return writeCode(block);
    case "thematicBreak":
      return "***";
    case "table":
      return writeTable(block);
    case "html":
      return block.value;
    case "definition":
      return `[${block.label ?? block.identifier}]: ${destination({ url: block.url, title: block.title ?? "" })}`;
    case "footnoteDefinition":
      return indent(writeBlocks(block.children, "\n\n"), `[^${block.identifier}]: `, "    ");
    case "listItem":
      return writeItem(block, "- ");
    case "tableRow":
    case "tableCell":
    case "yaml":
      return "";
    default:
      return writeInline([block], { prefix: "", lineEnd: "\n" });
  }
}

function indent(text: string, first: string, others: string): string {
  return text
    .split("\n")
    .map((line, index) => {
      const sign = index === 0 ? first : others;
      return line === "" ? sign.trimEnd() : sign + line;
    })
    .join("\n");
}

function writeList(list: List, isAlternate: boolean): string {
  const start = list.start ?? 1;
  const items = list.children.map((item, index) => {
    if (!list.ordered) return writeItem(item, isAlternate ? "+ " : "- ");
    return writeItem(item, `${start + index}${isAlternate ? ")" : "."} `);
  });
  return items.join(list.children.some(isSpread) ? "\n\n" : "\n");
}

function isSpread({ spread, children }: ListItem): boolean {
  return Boolean(spread) && children.length > 1;
}

function writeItem(item: ListItem, sign: string): string {
  const box = typeof item.checked === "boolean" ? `[${item.checked ? "x" : " "}] ` : "";
  const text = writeBlocks(item.children, isSpread(item) ? "\n\n" : "\n");
  // A typed checkbox stays text.
  const safe = box === "" ? text.replace(/^\[(?=[ xX]\]\s)/, "\\[") : text;
  return indent(box + safe, sign, " ".repeat(sign.length));
}

/** Verbatim, between fences longer than any inside. */
function writeCode({ value, lang, meta }: Code): string {
  const info = [lang, meta].filter(Boolean).join(" ");
  const character = info.includes("`") ? "~" : "`";
  const fence = character.repeat(Math.max(3, longestRun(value, character) + 1));
  return `${fence}${info}\n${value === "" ? "" : `${value}\n`}${fence}`;
}

function writeTable({ children: rows, align }: Table): string {
  const width = Math.max(1, ...rows.map((row) => row.children.length));
  const [head, ...body] = rows.map((row) => rowOf(row.children, width));
  const rule = Array.from({ length: width }, (_, column) => ruleOf(align?.[column]));
  return [head ?? rowOf([], width), `| ${rule.join(" | ")} |`, ...body].join("\n");
}

function rowOf(cells: readonly TableCell[], width: number): string {
  const texts = Array.from({ length: width }, (_, column) => cellOf(cells[column]));
  return `| ${texts.join(" | ")} |`;
}

function cellOf(cell: TableCell | undefined): string {
  return writeInline(cell?.children ?? [], { prefix: "", lineEnd: "<br>" }).replaceAll("|", "\\|");
}

function ruleOf(align: AlignType | undefined): string {
  if (align === "center") return ":-:";
  if (align === "right") return "-:";
  return align === "left" ? ":--" : "---";
}
