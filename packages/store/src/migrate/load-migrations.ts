import { readFile } from "node:fs/promises";
import type { MigrationBuilder, RunnerOption } from "node-pg-migrate";

type MigrationLoaderStrategy = NonNullable<RunnerOption["migrationLoaderStrategies"]>[number];

/**
 * A migration is an SQL file with an `Up Migration` and a `Down Migration` part. A part whose heading ends in
 * `without a transaction` runs statement by statement, as concurrent index builds require. After a failure its
 * earlier statements stay in effect, so each of them must be repeatable.
 */
export const sqlMigrations: MigrationLoaderStrategy = {
  extensions: [".sql"],
  loader: (paths) =>
    Promise.all(
      paths.map(async (path) => {
        const content = await readFile(path, "utf8");
        return {
          id: path,
          filePaths: [path],
          actions: { up: part(content, "Up"), down: part(content, "Down") },
        };
      }),
    ),
};

function part(content: string, direction: "Up" | "Down"): (builder: MigrationBuilder) => void {
  // regex: the heading in a migration of this repository
  const found = new RegExp(`^-- ${direction} Migration( without a transaction)?$`, "m").exec(content);
  if (found === null) throw new Error(`a migration has no line "-- ${direction} Migration"`);
  const rest = content.slice(found.index + found[0].length);
  const sql = rest.slice(0, rest.search(/^-- (Up|Down) Migration/m) >>> 0);
  return (builder) => {
    if (found[1] === undefined) {
      builder.sql(sql);
      return;
    }
    builder.noTransaction();
    for (const statement of sql.split(/;\s*$/m)) if (statement.trim() !== "") builder.sql(`${statement};`);
  };
}
