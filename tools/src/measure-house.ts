// Prints the size and form of the sources: node --conditions=@mio/source tools/src/measure-house.ts [--json] [--root <checkout>]
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "./generators/repository.ts";
import { type HouseRow, measureHouse, type Spread } from "./house/measure-house.ts";

const { values } = parseArgs({ options: { json: { type: "boolean" }, root: { type: "string" } } });

const spread = ({ median, p90, max }: Spread): string => `${median}/${p90}/${max}`;

const columns: readonly (readonly [title: string, value: (row: HouseRow) => string | number])[] = [
  ["package", ({ name }) => name],
  ["files", ({ files }) => files],
  ["lines", ({ lines }) => lines],
  ["file med/p90/max", ({ fileLines }) => spread(fileLines)],
  ["function med/p90/max", ({ functionLines }) => spread(functionLines)],
  ["params>3", ({ manyParameters }) => manyParameters],
  ["tests/src", ({ testsPerSource }) => testsPerSource.toFixed(2)],
  ["comments", ({ commentShare }) => `${commentShare}%`],
  ["docs", ({ documentedShare }) => `${documentedShare}%`],
  ["any/!/default", ({ anyTypes, nonNulls, defaultExports }) => `${anyTypes}/${nonNulls}/${defaultExports}`],
  ["words/1000", ({ listedWords }) => listedWords],
  ["folders>15", ({ bigFolders }) => bigFolders],
  ["circles", ({ circles }) => circles],
];

function toTable(rows: readonly HouseRow[]): string {
  const cells = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, value]) => `${value(row)}`)),
  ];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const rows = await measureHouse(resolve(values.root ?? repositoryRoot));
process.stdout.write(`${values.json ? JSON.stringify(rows, undefined, 2) : toTable(rows)}\n`);
