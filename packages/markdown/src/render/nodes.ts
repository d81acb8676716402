import type { Definition, Node, PhrasingContent, Root } from "mdast";

export function startOf({ position }: Node): number {
  return position?.start.offset ?? 0;
}

export function endOf({ position }: Node): number {
  return position?.end.offset ?? 0;
}

/** The visible words. A picture becomes its description, a tag nothing. */
export function plainText(nodes: readonly PhrasingContent[]): string {
  return nodes.map(plainTextOf).join("");
}

function plainTextOf(node: PhrasingContent): string {
  if ("children" in node) return plainText(node.children);
  if ("value" in node) return node.type === "html" && /^<\/?[a-z]/i.test(node.value) ? "" : node.value;
  return "alt" in node ? (node.alt ?? "") : " ";
}

/** The link definitions of a text, and which of them are used. */
export interface Definitions {
  urlOf(identifier: string): string;
  isUsed(definition: Definition): boolean;
}

export function definitionsOf(root: Root): Definitions {
  const urls = new Map<string, string>();
  const used = new Set<string>();
  const collect = (node: Node): void => {
    if (isDefinition(node) && !urls.has(node.identifier)) urls.set(node.identifier, node.url);
    else if ("identifier" in node) used.add(String(node.identifier));
    if ("children" in node && Array.isArray(node.children)) node.children.forEach(collect);
  };
  collect(root);
  return {
    urlOf: (identifier) => urls.get(identifier) ?? "",
    isUsed: ({ identifier }) => used.has(identifier),
  };
}

function isDefinition(node: Node): node is Definition {
  return node.type === "definition";
}
