import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { listSources } from "../checks/list-sources.ts";
import { readWorkspaces } from "../checks/packages/workspaces.ts";
import { findCircles, readImportGraph } from "../checks/sources/import-graph.ts";
import { type FileMeasure, measureFile } from "./measure-file.ts";

/** The measures of one package, or of all of them. */
export interface HouseRow {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
  readonly fileLines: Spread;
  readonly functionLines: Spread;
  readonly manyParameters: number;
  /** Lines of tests for each line of source. */
  readonly testsPerSource: number;
  /** Of all lines, in percent. */
  readonly commentShare: number;
  /** Of all exports that are declared, in percent. */
  readonly documentedShare: number;
  readonly anyTypes: number;
  readonly nonNulls: number;
  readonly defaultExports: number;
  /** The eight words, per 1,000 lines of comments. */
  readonly listedWords: number;
  readonly bigFolders: number;
  readonly circles: number;
}

export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

const maxFilesInFolder = 15;
const isTest = (file: string): boolean => /\.(?:test|itest|e2e)\.ts$|\/test\/|^e2e\/(?!src\/)/.test(file);

/** Measures a checkout: all of its packages together, then each. Generated code is left out. */
export async function measureHouse(root: string): Promise<readonly HouseRow[]> {
  const dirs = (await readWorkspaces(root)).map(({ dir }) => dir);
  const patterns = dirs.map((dir) => `${dir}/**/*.ts`);
  const files = listSources(root, patterns).filter((file) => !/\/(?:gen|fixtures)\/|\.d\.ts$/.test(file));
  const sources = files.filter((file) => !isTest(file) && file.includes("/src/"));
  const measured = new Map<string, FileMeasure>();
  for (const file of sources) measured.set(file, measureFile(file, await readFile(join(root, file), "utf8")));
  const testLines = new Map<string, number>();
  for (const file of files.filter(isTest))
    testLines.set(file, (await readFile(join(root, file), "utf8")).split("\n").length - 1);
  const circles = findCircles(await readImportGraph(root, sources));
  const rowOf = (name: string, isInside: (file: string) => boolean): HouseRow =>
    toRow(name, {
      measures: [...measured].filter(([file]) => isInside(file)),
      testLines: sum([...testLines].filter(([file]) => isInside(file)).map(([, lines]) => lines)),
      circles: circles.filter((circle) => [...circle].every(isInside)).length,
    });
  const rows = dirs.map((dir) => rowOf(dir, (file) => file.startsWith(`${dir}/`)));
  return [rowOf("all", () => true), ...rows.filter((row) => row.files > 0)];
}

interface Found {
  readonly measures: readonly (readonly [file: string, measure: FileMeasure])[];
  readonly testLines: number;
  readonly circles: number;
}

function toRow(name: string, { measures, testLines, circles }: Found): HouseRow {
  const files = measures.map(([, measure]) => measure);
  const total = (pick: (measure: FileMeasure) => number): number => sum(files.map(pick));
  const lines = total((file) => file.lines);
  const commentLines = total((file) => file.commentLines);
  const folders = Map.groupBy(measures, ([file]) => dirname(file));
  return {
    name,
    files: files.length,
    lines,
    fileLines: spreadOf(files.map((file) => file.lines)),
    functionLines: spreadOf(files.flatMap(({ functions }) => functions)),
    manyParameters: total((file) => file.manyParameters),
    testsPerSource: ratio(testLines, lines, 100) / 100,
    commentShare: ratio(commentLines, lines, 100),
    documentedShare: ratio(
      total((file) => file.documentedExports),
      total((file) => file.exports),
      100,
    ),
    anyTypes: total((file) => file.anyTypes),
    nonNulls: total((file) => file.nonNulls),
    defaultExports: total((file) => file.defaultExports),
    listedWords: ratio(
      total((file) => file.listedWords),
      commentLines,
      1000,
    ),
    bigFolders: [...folders.values()].filter((inside) => inside.length > maxFilesInFolder).length,
    circles,
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}

function ratio(part: number, whole: number, times: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * times);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
