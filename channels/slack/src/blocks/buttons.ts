import { type RichButton, RichButton_Style, RichButtonAction_Kind } from "@mio/proto";
import { escapeText, escapeVerbatim } from "../format/escape.ts";
import { type Block, type ButtonElement, clamp, limits, plainText, section } from "./block.ts";

const schemes: ReadonlySet<string> = new Set(["https:", "http:", "mailto:"]);

/** Buttons that open an address; those that Slack has no button for become lines of text below them. */
export function buttonBlocks(buttons: readonly RichButton[]): readonly Block[] {
  const elements: ButtonElement[] = [];
  const lines: string[] = [];
  const usedIds = new Set<string>();
  for (const button of buttons) {
    const element = toElement(button, usedIds);
    if (element === undefined) lines.push(...toLines(button));
    else elements.push(element);
  }
  const rows: Block[] = [];
  for (let at = 0; at < elements.length; at += limits.buttons) {
    rows.push({ type: "actions", elements: elements.slice(at, at + limits.buttons) });
  }
  return lines.length === 0 ? rows : [...rows, ...inSections(lines)];
}

function toElement(button: RichButton, usedIds: Set<string>): ButtonElement | undefined {
  const url = opens(button);
  if (url === undefined || button.label.trim() === "") return undefined;
  const id = button.key.length <= limits.idChars && !usedIds.has(button.key) ? button.key : "";
  usedIds.add(id);
  return {
    type: "button",
    text: plainText(clamp(button.label, limits.buttonChars)),
    url,
    ...(id === "" ? {} : { action_id: id }),
    ...styleOf(button.style),
  };
}

function opens({ action }: RichButton): string | undefined {
  const kind = action?.kind;
  if (kind !== RichButtonAction_Kind.OPEN_URL && kind !== RichButtonAction_Kind.PREVIEW_URL) return undefined;
  const url = action?.url ?? "";
  return url.length <= limits.urlChars && schemes.has(URL.parse(url)?.protocol ?? "") ? url : undefined;
}

function styleOf(style: RichButton_Style): { readonly style?: "primary" | "danger" } {
  if (style === RichButton_Style.PRIMARY) return { style: "primary" };
  if (style === RichButton_Style.DANGER) return { style: "danger" };
  return {};
}

/** What the button would have done, to read. */
function toLines({ label, action }: RichButton): readonly string[] {
  const text = action?.text ?? "";
  const payload = action?.url || text || action?.functionName || "";
  if (label === "" && payload === "") return [];
  const shown = action?.kind === RichButtonAction_Kind.COPY && !text.includes("`") && text.trim() !== "";
  const body = shown && !text.includes("\n") ? `\`${escapeVerbatim(text)}\`` : escapeText(payload);
  return [[escapeText(label), body].filter((part) => part !== "").join(": ")];
}

function inSections(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let text = "";
  for (const line of lines.map((line) => clamp(line, limits.sectionChars))) {
    if (text !== "" && text.length + 1 + line.length > limits.sectionChars) {
      blocks.push(section(text));
      text = "";
    }
    text = text === "" ? line : `${text}\n${line}`;
  }
  return text === "" ? blocks : [...blocks, section(text)];
}
