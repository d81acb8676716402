import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Node, parseSync, Visitor } from "oxc-parser";
import { type Check, verdictOf } from "../check.ts";
import { listSources } from "../list-sources.ts";

const sources = ["{packages,channels,simulators,services,sdks,ui,tools,bench,e2e}/**/*.ts"];

export const returnAwait: Check = {
  name: "return-await",
  what: "a function with `using` awaits the calls that it returns; otherwise it disposes the resource too early",
  run: async ({ root }) => {
    const files = listSources(root, sources).filter((file) => !file.endsWith(".d.ts"));
    const problems = await Promise.all(
      files.map(async (file) => findBareReturns(file, await readFile(join(root, file), "utf8"))),
    );
    return verdictOf(problems.flat(), `${files.length} files`);
  },
};

/**
 * Returns one problem for each `return` of an unawaited call in the scope of a `using` of the same function.
 * The check does not know types: assign a call that returns no promise to a constant with a type annotation.
 */
export function findBareReturns(file: string, text: string): readonly string[] {
  if (!/\busing\s/.test(text)) return [];
  const { program } = parseSync(file, text);
  const problems: string[] = [];
  /** The blocks around the current node with their declarations; each function has a separate list. */
  const functions: Scope[][] = [[]];
  const enter = (): void => void functions.push([]);
  const leave = (): void => void functions.pop();
  const scopes = (): Scope[] => functions.at(-1) ?? [];
  const open = (): void => void scopes().push({ isUsing: false, calls: new Set() });
  const close = (): void => void scopes().pop();
  new Visitor({
    FunctionDeclaration: enter,
    "FunctionDeclaration:exit": leave,
    FunctionExpression: enter,
    "FunctionExpression:exit": leave,
    ArrowFunctionExpression: enter,
    "ArrowFunctionExpression:exit": leave,
    BlockStatement: open,
    "BlockStatement:exit": close,
    VariableDeclaration({ kind, declarations }) {
      const scope = scopes().at(-1);
      if (scope === undefined) return;
      if (kind === "using" || kind === "await using") scope.isUsing = true;
      for (const { id, init } of declarations)
        if (id.type === "Identifier" && !id.typeAnnotation && init?.type === "CallExpression")
          scope.calls.add(id.name);
    },
    ReturnStatement({ argument, start }) {
      if (argument === null || !scopes().some(({ isUsing }) => isUsing)) return;
      const isCall = (end: Node): boolean =>
        end.type === "CallExpression" ||
        (end.type === "Identifier" && scopes().some(({ calls }) => calls.has(end.name)));
      if (!endsOf(argument).some(isCall)) return;
      const line = text.slice(0, start).split("\n").length;
      problems.push(`${file}:${line}: returns a call without await, while something is in use`);
    },
  }).visit(program);
  return problems;
}

interface Scope {
  isUsing: boolean;
  readonly calls: Set<string>;
}

/** The nodes that an expression may evaluate to. */
function endsOf(node: Node): readonly Node[] {
  switch (node.type) {
    case "ConditionalExpression":
      return [...endsOf(node.consequent), ...endsOf(node.alternate)];
    case "LogicalExpression":
      return [...endsOf(node.left), ...endsOf(node.right)];
    case "SequenceExpression":
      return node.expressions.slice(-1).flatMap(endsOf);
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      return endsOf(node.expression);
    case "ChainExpression":
      return [node.expression];
    default:
      return [node];
  }
}
