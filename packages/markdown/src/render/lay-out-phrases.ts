import type { Emphasis, Link as LinkNode, Node, PhrasingContent, Strong } from "mdast";
import { isPlatformToken } from "../read/platform-tokens.ts";
import type { Link, MarkName } from "./dialect.ts";
import { hidesAddress } from "./honest-label.ts";
import {
  addressOfTag,
  decodeBasicEntities,
  pairTags,
  type TaggedNode,
  type TaggedSpan,
} from "./html-tags.ts";
import type { Marks } from "./items.ts";
import { type Definitions, endOf, plainText, startOf } from "./nodes.ts";
import { lineMarksOf, type Sheet } from "./sheet.ts";

/** Lays out inline nodes within the open marks. */
export type LayOutPhrases = (nodes: readonly PhrasingContent[], marks: Marks) => void;

export function createPhraseLayout(sheet: Sheet, definitions: Definitions): LayOutPhrases {
  const layout = new PhraseLayout(sheet, definitions);
  return (nodes, marks) => layout.phrases(nodes, marks);
}

/** Inline nodes other than marked text. */
type Linked = Exclude<
  PhrasingContent,
  { type: "text" | "strong" | "emphasis" | "delete" | "inlineCode" | "break" }
>;

class PhraseLayout {
  readonly #sheet: Sheet;
  readonly #definitions: Definitions;

  constructor(sheet: Sheet, definitions: Definitions) {
    this.#sheet = sheet;
    this.#definitions = definitions;
  }

  phrases(nodes: readonly PhrasingContent[], marks: Marks): void {
    this.#tagged(pairTags(nodes), marks);
  }

  #tagged(nodes: readonly TaggedNode[], marks: Marks): void {
    for (const node of nodes) {
      if (node.kind === "node") this.#phrase(node.node, marks);
      else if (node.kind === "line") this.#sheet.newLine("");
      else this.#span(node, marks);
    }
  }

  #span(span: TaggedSpan, marks: Marks): void {
    switch (span.meaning) {
      case "code": {
        const inner = this.#sheet.source.slice(endOf(span.open), startOf(span.close));
        this.#inlineCode(decodeBasicEntities(inner).replace(/\s+/g, " "), "`", marks);
        break;
      }
      case "link":
        this.#tagLink(span, marks);
        break;
      default:
        this.#tagged(span.children, withMark(marks, span.meaning));
    }
  }

  #tagLink({ open, close, children }: TaggedSpan, marks: Marks): void {
    const url = addressOfTag(open);
    if (url !== undefined) {
      this.#link({ url, label: plainTagged(children) }, marks);
      return;
    }
    this.#sheet.asWritten(open, marks);
    this.#tagged(children, marks);
    this.#sheet.asWritten(close, marks);
  }

  #phrase(node: PhrasingContent, marks: Marks): void {
    switch (node.type) {
      case "text":
        this.#lines(node.value, node, marks);
        break;
      case "strong":
        if (this.#isName(node)) this.#withLiteralMarks(node, "__", marks);
        else this.phrases(node.children, withMark(marks, "bold"));
        break;
      case "emphasis":
        this.#emphasis(node, marks);
        break;
      case "delete":
        this.phrases(node.children, withMark(marks, "strike"));
        break;
      case "inlineCode":
        this.#inlineCode(node.value, /^`+/.exec(this.#sheet.sourceOf(node))?.[0] ?? "`", marks);
        break;
      case "break":
        this.#sheet.newLine(this.#lineMarksAfter(startOf(node)));
        break;
      default:
        this.#linked(node, marks);
    }
  }

  #linked(node: Linked, marks: Marks): void {
    switch (node.type) {
      case "link":
        this.#linkNode(node, marks);
        break;
      case "image":
        this.#link({ url: node.url, label: node.alt ?? "" }, marks);
        break;
      case "linkReference":
        this.#link({ url: this.#definitions.urlOf(node.identifier), label: plainText(node.children) }, marks);
        break;
      case "imageReference":
        this.#link({ url: this.#definitions.urlOf(node.identifier), label: node.alt ?? "" }, marks);
        break;
      case "html":
        this.#html(node.value, marks);
        break;
      default:
        this.#sheet.asWritten(node, marks);
    }
  }

  /** Of three marks, the outer one is bold, as agents and people mean it. */
  #emphasis(node: Emphasis, marks: Marks): void {
    const [only, ...others] = node.children;
    const isBoth = only?.type === "strong" && others.length === 0;
    if (this.#isWithinWord(node)) this.#withLiteralMarks(node, "*", marks);
    else if (isBoth) this.phrases(only.children, withMark(withMark(marks, "bold"), "italic"));
    else this.phrases(node.children, withMark(marks, "italic"));
  }

  /** `__init__.py` and `self.__dict__(…)` are names. */
  #isName(node: Strong): boolean {
    if (!this.#sheet.sourceOf(node).startsWith("__")) return false;
    const { source } = this.#sheet;
    const after = source.slice(endOf(node), endOf(node) + 2);
    return /[\w./]/.test(source.charAt(startOf(node) - 1)) || /^(?:\w|\.\w|\()/.test(after);
  }

  /** `2*3*4` is arithmetic. */
  #isWithinWord(node: Node): boolean {
    if (!this.#sheet.sourceOf(node).startsWith("*")) return false;
    const { source } = this.#sheet;
    return /\w/.test(source.charAt(startOf(node) - 1)) || /\w/.test(source.charAt(endOf(node)));
  }

  #withLiteralMarks(
    { children }: { readonly children: PhrasingContent[] },
    mark: string,
    marks: Marks,
  ): void {
    this.#sheet.text(mark, marks);
    this.phrases(children, marks);
    this.#sheet.text(mark, marks);
  }

  #inlineCode(text: string, written: string, marks: Marks): void {
    this.#sheet.items.push({ kind: "code", ...ticked(text, written), marks });
  }

  #linkNode(node: LinkNode, marks: Marks): void {
    const label = plainText(node.children);
    const written = this.#sheet.sourceOf(node);
    if (written === label) this.#bareAddress(label, marks);
    else this.#link({ url: node.url, label: written === `<${label}>` ? "" : label }, marks);
  }

  /** A bare address. Chinese and Japanese punctuation after it belongs to the sentence. */
  #bareAddress(written: string, marks: Marks): void {
    const end = written.search(/[`\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f\uff3b-\uff40\uff5b-\uff65]/);
    const address = end < 0 ? written : written.slice(0, end);
    this.#address(this.#sheet.dialect.escape(address), address, marks);
    if (end >= 0) this.#sheet.text(written.slice(end), marks);
  }

  /** A label that shows another host is followed by the address; so is a label whose address cannot be opened. */
  #link({ url: address, label: written }: Link, marks: Marks): void {
    const url = address.replaceAll("`", "%60");
    const label = withoutFences(written.replace(/\s+/g, " ").trim());
    const { dialect } = this.#sheet;
    const isHidden = hidesAddress(label, url);
    const shown = dialect.link({ url, label: isHidden ? "" : label }) ?? dialect.escape(url);
    const isBeside = isHidden || (label !== "" && dialect.link({ url, label }) === undefined);
    if (!isBeside) {
      this.#address(shown, label === "" || label === url ? url : `${label} (${url})`, marks);
      return;
    }
    this.#sheet.text(`${label} (`, marks);
    this.#address(shown, url, marks);
    this.#sheet.text(")", marks);
  }

  #address(text: string, instead: string, marks: Marks): void {
    this.#sheet.items.push({ kind: "atom", text, instead: this.#sheet.dialect.escape(instead), marks });
  }

  #html(value: string, marks: Marks): void {
    const [, url, label] = (isPlatformToken(value) && labelledAddress.exec(value)) || [];
    if (url !== undefined && label !== undefined) {
      this.#link({ url: decodeBasicEntities(url), label: decodeBasicEntities(label) }, marks);
      return;
    }
    const token = isPlatformToken(value) ? this.#sheet.dialect.token(withoutFences(value)) : undefined;
    if (token === undefined) this.#sheet.text(value, marks);
    else this.#address(token, withoutFences(value), marks);
  }

  /** Text of several lines; each except the first begins as in the source. */
  #lines(value: string, node: Node, marks: Marks): void {
    const written = this.#sheet.sourceOf(node).split("\n");
    const lines = value.split("\n");
    for (const [at, line] of lines.entries()) {
      if (at > 0) this.#sheet.newLine(written.length === lines.length ? lineMarksOf(written[at] ?? "") : "");
      this.#sheet.text(line, marks);
    }
  }

  #lineMarksAfter(at: number): string {
    const { source } = this.#sheet;
    const newline = source.indexOf("\n", at);
    const end = source.indexOf("\n", newline + 1);
    return lineMarksOf(source.slice(newline + 1, end < 0 ? undefined : end));
  }
}

/** An address with a label, in Slack's form. */
const labelledAddress = /^<((?:mailto|tel|https?|ftp):[^|]+)\|(.*)>$/;

/** Code with a backtick needs two around it; more would start a fence. */
function ticked(text: string, written: string): { readonly text: string; readonly ticks: string } {
  if (text.includes("``")) return { text: text.replaceAll("`", "\u02cb"), ticks: "`" };
  if (!text.includes("`")) return { text, ticks: written.length === 3 ? written : "`" };
  const isAtEdge = text.startsWith("`") || text.endsWith("`");
  return { text: isAtEdge ? ` ${text} ` : text, ticks: "``" };
}

/** Breaks up fences, which would open code even within a link. */
function withoutFences(text: string): string {
  return text.replaceAll("```", "\u02cb\u02cb\u02cb");
}

function withMark(marks: Marks, mark: MarkName): Marks {
  return marks.includes(mark) ? marks : [...marks, mark];
}

function plainTagged(nodes: readonly TaggedNode[]): string {
  return nodes
    .map((tagged) => {
      if (tagged.kind === "node") return plainText([tagged.node]);
      return tagged.kind === "line" ? " " : plainTagged(tagged.children);
    })
    .join("");
}
