import { type Node, parseSync, Visitor } from "oxc-parser";
import { withoutCode } from "../../docs/markdown.ts";

/** The text of a file that people read as prose: the rest is blanked out, so that line numbers stay. */
export function proseOf(file: string, text: string): string {
  if (file.endsWith(".md")) return withoutCode(text);
  if (/\.(?:test|itest|e2e)\.ts$|\/test\//.test(file)) return withoutTestData(file, text);
  return text;
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** A test without its string literals, which may quote people; the names of tests stay. */
function withoutTestData(file: string, text: string): string {
  const names = new Set<number>();
  const strings: Node[] = [];
  const { program } = parseSync(file, text);
  new Visitor({
    CallExpression({ callee, arguments: [name] }) {
      if (name !== undefined && /^(?:describe|it|test)\b/.test(text.slice(callee.start, callee.end)))
        names.add(name.start);
    },
    Literal: (node) => void (typeof node.value === "string" && strings.push(node)),
    TemplateLiteral: (node) => void strings.push(node),
  }).visit(program);
  const data = strings.filter(({ start }) => !names.has(start));
  return data.reduce(
    (rest, { start, end }) => rest.slice(0, start) + blank(rest.slice(start, end)) + rest.slice(end),
    text,
  );
}
