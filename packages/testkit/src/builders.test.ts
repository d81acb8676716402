import { checkCommand, checkMessage } from "@mio/envelope";
import { expect, test } from "vitest";
import { aCommand, aMessage } from "./builders.ts";

test("builds valid, unique values with the given overrides", () => {
  expect(checkMessage(aMessage())).toEqual([]);
  expect(checkCommand(aCommand())).toEqual([]);
  expect(aMessage().id).not.toBe(aMessage().id);
  expect(aMessage({ text: "sampai jumpa" }).text).toBe("sampai jumpa");
  expect(aCommand({ accountId: "acct" }).accountId).toBe("acct");
});
