import { createLogger } from "@mio/service-kit";
import { expect, it } from "vitest";
import { createAccountDirectory } from "./account-directory.ts";

interface Row {
  readonly id: string;
  readonly external_id?: string;
  readonly channel_type?: string;
  readonly disabled?: boolean;
}

/** A directory with scripted query results; `queries` counts the queries. */
function directory(answers: (readonly Row[] | Error)[], { fallback }: { readonly fallback?: string } = {}) {
  const queries: string[] = [];
  const query = async (text: string) => {
    queries.push(text);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error("no answer");
    return {
      rows: answer.map((row) => ({
        tenant_id: "tenant",
        channel_type: "slack",
        external_id: "T1",
        display_name: "",
        attributes: {},
        disabled: false,
        pending: false,
        rate_limit_per_second: null,
        rate_limit_scope: null,
        ...row,
      })),
    };
  };
  const accounts = createAccountDirectory({
    db: Object.assign({}, { query: query as never }),
    dsn: "",
    clock: { now: () => new Date(0), sleep: () => Promise.resolve() },
    logger: createLogger({ service: "test", level: "silent" }),
    fallbackAccountId: fallback,
  });
  return { accounts, queries };
}

const arrival = { channelType: "slack", workspaceKey: "T1", accountId: undefined };

it("queries once for many events", async () => {
  const { accounts, queries } = directory([[{ id: "a" }], [{ id: "b" }]]);
  const routings = await Promise.all([accounts.route(arrival), accounts.route(arrival)]);
  expect(routings).toMatchObject([{ account: { id: "a" } }, { account: { id: "a" } }]);
  expect(queries).toHaveLength(1);
});

it("rejects if Postgres fails, even with a fallback account", async () => {
  const { accounts } = directory([new Error("Postgres is away")], { fallback: "f" });
  await expect(accounts.route(arrival)).rejects.toThrow("Postgres is away");
});

it("uses the fallback account for unclaimed events if it is enabled and of the channel", async () => {
  const route = (row: Row) => directory([[], [row]], { fallback: "f" }).accounts.route(arrival);
  expect(await route({ id: "f" })).toMatchObject({ kind: "routed", account: { id: "f" } });
  expect(await route({ id: "f", disabled: true })).toEqual({ kind: "unroutable", reason: "no_account" });
  expect(await route({ id: "f", channel_type: "zoho_cliq" })).toEqual({
    kind: "unroutable",
    reason: "no_account",
  });
});

it("routes no event of another workspace at an account's URL, but routes a socket's by its workspace", async () => {
  const rows = [{ id: "a" }, { id: "b", external_id: "T2" }];
  const { accounts } = directory([rows]);
  const at = { channelType: "slack", workspaceKey: "T2", accountId: "a" };
  expect(await accounts.route(at)).toEqual({ kind: "unroutable", reason: "other_workspace" });
  expect(await accounts.route({ ...at, overSocket: true })).toMatchObject({ account: { id: "b" } });
});

it("does not find a disabled account", async () => {
  const { accounts } = directory([[{ id: "a", disabled: true }, { id: "b" }]]);
  expect(await accounts.find("slack", "a")).toBeUndefined();
  expect(await accounts.find("slack", "b")).toMatchObject({ id: "b" });
});
