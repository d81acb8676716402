import { type Node, parseSync, Visitor } from "oxc-parser";

/** What is counted in one source file. */
export interface FileMeasure {
  readonly lines: number;
  /** Lines from the first to the last of each function with a body of its own lines. */
  readonly functions: readonly number[];
  readonly manyParameters: number;
  readonly commentLines: number;
  readonly listedWords: number;
  readonly exports: number;
  readonly documentedExports: number;
  readonly anyTypes: number;
  readonly nonNulls: number;
  readonly defaultExports: number;
}

/** The words that the first measure of this repository counted; the step `prose` refuses more. */
// prose-allow: the list itself
const listed = /\b(?:whoever|whatever|anew|shall|nobody|somebody|surely|told)\b/gi;

interface AnyFunction {
  readonly start: number;
  readonly end: number;
  readonly params: readonly unknown[];
  readonly body: Node | null;
}

export function measureFile(file: string, text: string): FileMeasure {
  const { program, comments } = parseSync(file, text);
  const lineAt = lineCounter(text);
  const functions: number[] = [];
  const counted = { many: 0, any: 0, nonNull: 0, defaults: 0, exports: 0, documented: 0 };
  const add = (name: keyof typeof counted) => (): void => {
    counted[name] += 1;
  };
  const addFunction = ({ start, end, params, body }: AnyFunction) => {
    if (body?.type === "BlockStatement") functions.push(lineAt(end) - lineAt(start) + 1);
    if (params.length > 3) counted.many += 1;
  };
  const docEnds = new Set(
    comments.filter(({ value }) => value.startsWith("*")).map(({ end }) => lineAt(end)),
  );
  new Visitor({
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    TSAnyKeyword: add("any"),
    TSNonNullExpression: add("nonNull"),
    ExportDefaultDeclaration: add("defaults"),
    ExportNamedDeclaration({ declaration, start }) {
      if (declaration === null) return;
      counted.exports += 1;
      if (docEnds.has(lineAt(start) - 1)) counted.documented += 1;
    },
  }).visit(program);
  return {
    lines: lineAt(text.length),
    functions,
    manyParameters: counted.many,
    commentLines: comments.reduce((sum, { start, end }) => sum + lineAt(end) - lineAt(start) + 1, 0),
    listedWords: comments.reduce((sum, { value }) => sum + (value.match(listed)?.length ?? 0), 0),
    exports: counted.exports,
    documentedExports: counted.documented,
    anyTypes: counted.any,
    nonNulls: counted.nonNull,
    defaultExports: counted.defaults,
  };
}

/** The number of the line that holds a character; the end of the text counts as part of its last line. */
function lineCounter(text: string): (at: number) => number {
  const starts = [0, ...[...text.matchAll(/\n(?=.|\n)/g)].map(({ index }) => index + 1)];
  return (at) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
