import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { parseSync } from "oxc-parser";
import { check as analyse } from "recheck";
import { type Check, verdictOf } from "../check.ts";
import { listSources } from "../list-sources.ts";

const product = ["{channels,packages,simulators,proto,sdks,services,ui}/**/src/**/*.ts"];
/** Code without input from strangers: tests, and code that runs only on a developer's machine. */
const notProduct = /\.test\.ts$|^packages\/(?:embedded|testkit)\/|\/(?:contract|gen|simulation)\//;

/** Limit for the analysis of one expression; it usually takes less than a tenth of a second. */
const timeoutMs = 60_000;
/** A linear expression takes some milliseconds on a proof text, a quadratic one many seconds. */
const proofMs = 2_000;

/** A comment above an expression that never gets a long text; it must name the reason. */
const excuse = /\/\/ regex: \S/;

export const regexes: Check = {
  name: "regexes",
  what: "no regular expression needs more than linear time for any text (recheck)",
  run: async ({ root }) => {
    const files = listSources(root, product).filter((file) => !notProduct.test(file));
    const found: Expression[] = [];
    for (const file of files) found.push(...findExpressions(file, await readFile(join(root, file), "utf8")));
    const problems: string[] = [];
    for (const expression of found) {
      const problem = await judge(expression);
      if (problem !== undefined) problems.push(`${expression.place}: ${problem}`);
    }
    return verdictOf(problems, `${found.length} regular expressions`);
  },
};

/** A regular expression in a source file; without a pattern if it is built at run time. */
export interface Expression {
  readonly place: string;
  readonly pattern: string | undefined;
  readonly flags: string;
}

/** Returns the problem of an expression; undefined if it is linear. */
export async function judge({ pattern, flags }: Expression): Promise<string | undefined> {
  if (pattern === undefined)
    return "is built at run time; write a literal, or `// regex: <why it is safe>` above it";
  const verdict = await analyse(pattern, flags, { timeout: timeoutMs });
  if (verdict.status === "safe") return undefined;
  if (verdict.status === "unknown") return `cannot be judged (${verdict.error.kind}): ${pattern}`;
  // The fuzzer counts steps of its own engine and is sometimes wrong; the automata are exact.
  if (verdict.checker === "fuzz" && isSoonDone({ pattern, flags }, verdict.attack)) return undefined;
  return `takes ${verdict.complexity.summary} time on ${verdict.attack.pattern}: ${pattern}`;
}

type Attack = Extract<Awaited<ReturnType<typeof analyse>>, { status: "vulnerable" }>["attack"];

/** Whether V8 finishes in time on four times the text of the attack. */
function isSoonDone(
  { pattern, flags }: { readonly pattern: string; readonly flags: string },
  { pumps, base, suffix }: Attack,
): boolean {
  const pumped = pumps.map(({ prefix, pump, bias }) => prefix + pump.repeat(bias + 4 * base));
  const given = { text: `${pumped.join("")}${suffix}`, expression: new RegExp(pattern, flags) };
  try {
    runInNewContext("text.replace(expression, '')", given, { timeout: proofMs });
    return true;
  } catch {
    return false;
  }
}

/** Every expression of a file without an excuse comment. */
export function findExpressions(file: string, source: string): readonly Expression[] {
  const { program } = parseSync(file, source);
  const lines = source.split("\n");
  const constants = new Map<string, Node>();
  const found: Expression[] = [];
  visit(program, (node) => {
    if (node.type === "VariableDeclarator" && isNode(node["id"]) && isNode(node["init"])) {
      constants.set(String(node["id"]["name"]), node["init"]);
    }
    const expression = toExpression(node, constants);
    if (expression === undefined) return;
    const line = source.slice(0, node.start).split("\n").length;
    if (excuse.test(lines[line - 2] ?? "")) return;
    found.push({ place: `${file}:${line}`, ...expression });
  });
  return found;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function visit(value: unknown, enter: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, enter);
  if (!isNode(value)) return;
  enter(value);
  for (const child of Object.values(value)) visit(child, enter);
}

function toExpression(
  node: Node,
  constants: ReadonlyMap<string, Node>,
): Pick<Expression, "pattern" | "flags"> | undefined {
  const { regex } = node;
  if (node.type === "Literal" && isRegex(regex)) return regex;
  const isMade = node.type === "NewExpression" || node.type === "CallExpression";
  if (!isMade || !isNode(node["callee"]) || node["callee"]["name"] !== "RegExp") return undefined;
  const [pattern, flags] = Array.isArray(node["arguments"]) ? node["arguments"] : [];
  return { pattern: fold(pattern, constants), flags: fold(flags, constants) ?? "" };
}

function isRegex(value: unknown): value is { readonly pattern: string; readonly flags: string } {
  return typeof value === "object" && value !== null && "pattern" in value && "flags" in value;
}

/** The text of a constant expression: literals, templates and the constants that they name. */
function fold(node: unknown, constants: ReadonlyMap<string, Node>): string | undefined {
  if (!isNode(node)) return undefined;
  switch (node.type) {
    case "Literal":
      return typeof node["value"] === "string" ? node["value"] : undefined;
    case "Identifier":
      return fold(constants.get(String(node["name"])), constants);
    case "TaggedTemplateExpression":
      return foldTemplate(node["quasi"], "raw", constants);
    case "TemplateLiteral":
      return foldTemplate(node, "cooked", constants);
    default:
      return undefined;
  }
}

function foldTemplate(
  node: unknown,
  form: "raw" | "cooked",
  constants: ReadonlyMap<string, Node>,
): string | undefined {
  if (!isNode(node) || !Array.isArray(node["quasis"]) || !Array.isArray(node["expressions"]))
    return undefined;
  const values = node["expressions"].map((expression) => fold(expression, constants));
  if (values.includes(undefined)) return undefined;
  const texts = node["quasis"].map(
    (quasi: { readonly value: Record<"raw" | "cooked", string> }) => quasi.value[form],
  );
  return texts.map((text, at) => `${text}${values[at] ?? ""}`).join("");
}
