import type { Db } from "../../src/index.ts";
import type { Explained } from "./explain.ts";

/** Markdown tables: the cost of each statement with a cached plan, the most expensive run, and the depth of indexes. */
export async function describeCosts(db: Db, statements: readonly Explained[]): Promise<string> {
  const worst = new Map<string, Explained>();
  for (const statement of statements) {
    if (statement.planFor !== "any values") continue;
    const name =
      statement.name === "" ? statement.text.trim().replaceAll(/\s+/g, " ").slice(0, 60) : statement.name;
    const known = worst.get(name);
    if (known === undefined || statement.pages > known.pages) worst.set(name, statement);
  }
  const lines = [...worst].map(([name, { nodes, pages, ms }]) => {
    const scans = nodes.filter(({ relation, index }) => relation !== undefined || index !== undefined);
    const read = scans.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
    return `| ${name} | ${read} | ${pages} | ${ms.toFixed(2)} |`;
  });
  const head = ["| statement | rows read | pages | ms |", "|---|---|---|---|"];
  return [...head, ...lines.sort(), "", ...(await describeIndexes(db)), ""].join("\n");
}

const rowsLater = 100_000_000;

interface IndexSize {
  readonly name: string;
  readonly pages: number;
  readonly rows: number;
  readonly total: number;
}

/** The depth of a B-tree follows from the rows per page. At 100 million rows each partition grows by the same factor. */
async function describeIndexes(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<IndexSize>(
    `SELECT i.relname AS name, i.relpages::int AS pages, i.reltuples::float8 AS rows,
            (SELECT sum(p.reltuples)::float8 FROM pg_class p
             WHERE p.relkind = 'r' AND split_part(p.relname, '_2', 1) = split_part(t.relname, '_2', 1)) AS total
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     JOIN pg_am a ON a.oid = i.relam
     WHERE a.amname = 'btree' AND t.relname ~ '^(messages|deliver)' AND i.reltuples > 1000 ORDER BY 1`,
  );
  const lines = rows.map(({ name, pages, rows: entries, total }) => {
    const perPage = entries / pages;
    const depth = (leaves: number) => 1 + Math.ceil(Math.log(leaves) / Math.log(perPage));
    const later = pages * (rowsLater / total);
    const size = Math.round(pages / 128);
    return `| ${name} | ${Math.round(entries)} | ${size} | ${Math.round(perPage)} | ${depth(pages)} | ${depth(later)} |`;
  });
  return [
    "| index | rows | MB | rows per page | levels | levels at 100 M |",
    "|---|---|---|---|---|---|",
    ...lines,
  ];
}
