import type pg from "pg";
import { escapeLiteral } from "pg";
import type { Db } from "../../src/index.ts";

/** The executed plan of one statement, custom or generic. */
export interface Explained {
  readonly name: string;
  readonly text: string;
  readonly planFor: "these values" | "any values";
  readonly nodes: readonly PlanNode[];
  /** Pages of 8 kB that it read, from memory or not, and its time, with everything in memory. */
  readonly pages: number;
  readonly ms: number;
}

export interface PlanNode {
  readonly type: string;
  readonly relation: string | undefined;
  readonly index: string | undefined;
  /** Rows that the node produced or discarded, over all its loops. */
  readonly rowsRead: number;
}

interface JsonNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly JsonNode[];
}

const planModes = { force_custom_plan: "these values", force_generic_plan: "any values" } as const;

/**
 * A Db inside one transaction of `client` that explains every statement before running it. Changes made by EXPLAIN
 * ANALYZE are rolled back.
 */
export function explainingDb(client: pg.PoolClient, found: Explained[]): Db {
  const explainAndRun = async (config: string | pg.QueryConfig, given?: unknown[]) => {
    const { name = "", text, values = given ?? [] } = typeof config === "string" ? { text: config } : config;
    for (const [mode, planFor] of Object.entries(planModes)) {
      await client.query("SAVEPOINT explaining");
      await client.query(`SET LOCAL plan_cache_mode = ${mode}`);
      await client.query(`PREPARE explained AS ${text}`);
      const list = values.length === 0 ? "" : `(${values.map(toLiteral).join(", ")})`;
      const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained${list}`;
      // The first run loads pages and plans.
      await client.query("SAVEPOINT warming");
      await client.query(explain);
      await client.query("ROLLBACK TO SAVEPOINT warming");
      const { rows } = await client.query(explain);
      const [{ Plan: plan, "Execution Time": ms }] = rows[0]["QUERY PLAN"];
      const pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
      found.push({ name, text, planFor, nodes: flatten(plan), pages, ms });
      await client.query("DEALLOCATE explained");
      await client.query("ROLLBACK TO SAVEPOINT explaining");
    }
    return client.query({ text, values });
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    // One at a time, because all use one connection.
    query: (config, given) => {
      const own = last.catch(() => undefined).then(() => explainAndRun(config, given));
      last = own;
      return own;
    },
  };
}

function flatten(node: JsonNode): readonly PlanNode[] {
  const removed =
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0) +
    (node["Rows Removed by Join Filter"] ?? 0);
  return [
    {
      type: node["Node Type"],
      relation: node["Relation Name"],
      index: node["Index Name"],
      rowsRead: (node["Actual Rows"] + removed) * node["Actual Loops"],
    },
    ...(node.Plans ?? []).flatMap(flatten),
  ];
}

/** Written as a literal, because EXECUTE takes no bind parameters. */
function toLiteral(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  if (Buffer.isBuffer(value)) return escapeLiteral(`\\x${value.toString("hex")}`);
  if (Array.isArray(value)) return escapeLiteral(`{${value.map(toElement).join(",")}}`);
  return escapeLiteral(String(value));
}

function toElement(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = value instanceof Date ? value.toISOString() : String(value);
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
