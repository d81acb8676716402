import { createLogger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import { expect, test } from "vitest";
import { createAccountDirectory } from "./account-directory.ts";

/** A directory on answers of the test, one for each question; `asked` counts them. */
function directory(answers: readonly (readonly unknown[])[]) {
  const left = [...answers];
  let asked = 0;
  const query = async () => {
    asked += 1;
    return { rows: left.shift() ?? [] };
  };
  const accounts = createAccountDirectory({
    db: { query } as unknown as Db,
    dsn: "postgres:///nowhere",
    clock: { now: () => new Date(0) },
    logger: createLogger({ service: "test", level: "silent" }),
  });
  return { accounts, asked: () => asked };
}

test("an account is asked for once, a disabled one too", async () => {
  const { accounts, asked } = directory([[{ id: "a1", disabled: true }]]);
  expect(await accounts.find("a1")).toMatchObject({ id: "a1", disabled: true });
  expect(await accounts.find("a1")).toMatchObject({ id: "a1", disabled: true });
  expect(asked()).toBe(1);
});

test("a conversation is asked for until it is known", async () => {
  const { accounts, asked } = directory([[], [{ id: "c1" }]]);
  const command = { accountId: "a1", conversationId: "c1", conversationExternalId: "C1" };
  expect(await accounts.conversationsOf(command)).toEqual([]);
  expect(await accounts.conversationsOf(command)).toHaveLength(1);
  expect(await accounts.conversationsOf(command)).toHaveLength(1);
  expect(asked()).toBe(2);
});
