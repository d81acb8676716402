import type { Html, PhrasingContent } from "mdast";
import type { MarkName } from "./dialect.ts";

/** The meaning of an HTML tag that models often write. */
export type TagMeaning = MarkName | "code" | "link" | "line";

const meanings: ReadonlyMap<string, TagMeaning> = new Map([
  ["b", "bold"],
  ["strong", "bold"],
  ["i", "italic"],
  ["em", "italic"],
  ["s", "strike"],
  ["strike", "strike"],
  ["del", "strike"],
  ["code", "code"],
  ["a", "link"],
  ["br", "line"],
  ["p", "line"],
]);

/** Tags with the nodes between them, and all other nodes unchanged. */
export type TaggedNode =
  | { readonly kind: "node"; readonly node: PhrasingContent }
  | { readonly kind: "line" }
  | TaggedSpan;

export interface TaggedSpan {
  readonly kind: "span";
  readonly meaning: Exclude<TagMeaning, "line">;
  readonly open: Html;
  readonly close: Html;
  readonly children: readonly TaggedNode[];
}

interface Frame {
  readonly name: string;
  readonly open: Html | undefined;
  readonly children: TaggedNode[];
}

const tag = /^<(\/?)([a-z]+)(?:\s[^<>]*)?\/?>$/i;

/** Pairs the tags among siblings. A tag without its partner stays a node. Linear in the number of nodes. */
export function pairTags(nodes: readonly PhrasingContent[]): readonly TaggedNode[] {
  const pairing = new Pairing();
  for (const node of nodes) {
    const { slash, name } = tagOf(node);
    const meaning = meanings.get(name);
    if (node.type !== "html" || meaning === undefined) pairing.add({ kind: "node", node });
    else if (meaning === "line") pairing.add({ kind: "line" });
    else if (slash) pairing.close(name, { node, meaning });
    else pairing.open(name, node);
  }
  return pairing.end();
}

function tagOf(node: PhrasingContent): { readonly slash: boolean; readonly name: string } {
  const [, slash, name = ""] = (node.type === "html" && tag.exec(node.value)) || [];
  return { slash: slash === "/", name: name.toLowerCase() };
}

class Pairing {
  readonly #frames: Frame[] = [{ name: "", open: undefined, children: [] }];
  readonly #openCounts = new Map<string, number>();

  add(node: TaggedNode): void {
    this.#frames.at(-1)?.children.push(node);
  }

  open(name: string, node: Html): void {
    this.#frames.push({ name, open: node, children: [] });
    this.#count(name, 1);
  }

  close(
    name: string,
    { node, meaning }: { readonly node: Html; readonly meaning: TaggedSpan["meaning"] },
  ): void {
    if ((this.#openCounts.get(name) ?? 0) === 0) {
      this.add({ kind: "node", node });
      return;
    }
    while (this.#frames.at(-1)?.name !== name) this.#dissolve();
    const frame = this.#frames.pop();
    if (frame?.open === undefined) return;
    this.#count(name, -1);
    this.add({ kind: "span", meaning, open: frame.open, close: node, children: frame.children });
  }

  end(): readonly TaggedNode[] {
    while (this.#frames.length > 1) this.#dissolve();
    return this.#frames[0]?.children ?? [];
  }

  /** An unclosed tag becomes a sibling of its children. */
  #dissolve(): void {
    const frame = this.#frames.pop();
    if (frame?.open === undefined) return;
    this.#count(frame.name, -1);
    this.add({ kind: "node", node: frame.open });
    for (const child of frame.children) this.add(child);
  }

  #count(name: string, by: number): void {
    this.#openCounts.set(name, (this.#openCounts.get(name) ?? 0) + by);
  }
}

const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i;

/** The address of an `<a>` tag; undefined if it has none. */
export function addressOfTag({ value }: Html): string | undefined {
  const found = href.exec(value);
  return found === null ? undefined : decodeBasicEntities(found[1] ?? found[2] ?? "");
}

/** Decodes the entities of HTML's own characters. */
export function decodeBasicEntities(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
