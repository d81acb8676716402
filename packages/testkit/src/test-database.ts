import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import type {} from "./vitest-setup.ts";

/** A prepared database that tests copy, created once per run. */
export interface DatabaseTemplate {
  /** Name of the template within the run: lower-case letters, digits and `_`. */
  readonly name: string;
  /** Fills the empty database; must leave no connection open. */
  readonly prepare: (dsn: string) => Promise<void>;
}

/** A database for one test; disposing drops it, even with open connections. */
export interface TestDatabase extends AsyncDisposable {
  readonly dsn: string;
  readonly name: string;
}

/** Creates a database in the Postgres of this run, empty or copied from a template. */
export async function testDatabase(
  options: { readonly template?: DatabaseTemplate } = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await asAdmin(async (admin) => {
    if (options.template === undefined) {
      await admin.query(`create database ${name}`);
      return;
    }
    // One at a time: a template with an open connection cannot be copied.
    await admin.query("select pg_advisory_lock(hashtext('mio-testkit'))");
    const source = await ensureTemplate(admin, options.template);
    await admin.query(`create database ${name} template ${source}`);
  });
  return {
    dsn: toDsn(name),
    name,
    [Symbol.asyncDispose]: () =>
      asAdmin(async (admin) => void (await admin.query(`drop database if exists ${name} with (force)`))),
  };
}

async function ensureTemplate(admin: Client, template: DatabaseTemplate): Promise<string> {
  if (!/^[a-z0-9_]+$/.test(template.name)) throw new TypeError(`not a template name: ${template.name}`);
  const name = `template_${template.name}`;
  const { rowCount } = await admin.query("select 1 from pg_database where datname = $1 and datistemplate", [
    name,
  ]);
  if (rowCount === 1) return name;
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name}`);
  await template.prepare(toDsn(name));
  await admin.query(`alter database ${name} is_template true`);
  return name;
}

function toDsn(database: string): string {
  const url = new URL(inject("mioPostgresDsn"));
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin(work: (admin: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: toDsn("postgres") });
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
