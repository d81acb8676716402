import { createLogger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import { expect, test } from "vitest";
import { createAccountDirectory } from "./account-directory.ts";

/** A directory on answers of the test, one for each question; `asked` counts them. */
function directory(answers: readonly (readonly unknown[])[]) {
  const left = [...answers];
  let asked = 0;
  let now = 0;
  const query = async () => {
    asked += 1;
    return { rows: left.shift() ?? [] };
  };
  const accounts = createAccountDirectory({
    db: { query } as unknown as Db,
    dsn: "postgres:///nowhere",
    clock: { now: () => new Date(now) },
    logger: createLogger({ service: "test", level: "silent" }),
  });
  const sleep = (ms: number) => {
    now += ms;
  };
  return { accounts, asked: () => asked, sleep };
}

test("an account is asked for once, a disabled one too", async () => {
  const { accounts, asked } = directory([[{ id: "a1", disabled: true }]]);
  expect(await accounts.find("a1")).toMatchObject({ id: "a1", disabled: true });
  expect(await accounts.find("a1")).toMatchObject({ id: "a1", disabled: true });
  expect(asked()).toBe(1);
});

const command = { accountId: "a1", conversationId: "c1", conversationExternalId: "C1" };

test("a conversation that Mio does not know is asked for again after fifteen seconds", async () => {
  const { accounts, asked, sleep } = directory([[], [{ at: "1", id: "c1" }]]);
  expect(await accounts.conversationsOf(command, "")).toEqual([]);
  sleep(14_999);
  expect(await accounts.conversationsOf(command, "")).toEqual([]);
  expect(asked()).toBe(1);
  sleep(1);
  expect(await accounts.conversationsOf(command, "")).toHaveLength(1);
  expect(await accounts.conversationsOf(command, "")).toHaveLength(1);
  expect(asked()).toBe(2);
});

test("a conversation whose command names no place is asked for until it is known", async () => {
  const { accounts, asked } = directory([[], [{ at: "1", id: "c1" }]]);
  const placeless = { ...command, conversationExternalId: "" };
  expect(await accounts.conversationsOf(placeless, "")).toEqual([]);
  expect(await accounts.conversationsOf(placeless, "")).toHaveLength(1);
  expect(await accounts.conversationsOf(placeless, "")).toHaveLength(1);
  expect(asked()).toBe(2);
});

test("many unknown conversations are asked for in few statements", async () => {
  const { accounts, asked } = directory([]);
  const commands = Array.from({ length: 100 }, (_, at) => ({ ...command, conversationId: `c${at}` }));
  await Promise.all(commands.map((one) => accounts.conversationsOf(one, "")));
  expect(asked()).toBe(5);
});

test("a conversation is asked for again at another address, and after a while", async () => {
  const at = (address: string) => [{ at: "1", id: "c1", address }];
  const { accounts, asked, sleep } = directory([at("old"), at("new"), at("newer")]);
  const addressNow = async (address: string) =>
    (await accounts.conversationsOf(command, address)).map((known) => known.address);
  expect(await addressNow("old")).toEqual(["old"]);
  expect(await addressNow("new")).toEqual(["new"]);
  sleep(14_999);
  expect(await addressNow("new")).toEqual(["new"]);
  expect(asked()).toBe(2);
  sleep(1);
  expect(await addressNow("new")).toEqual(["newer"]);
});
