import { checkCommand, checkMessage } from "@mio/envelope";
import { expect, test } from "vitest";
import { aCommand, aMessage } from "./builders.ts";

test("what is built is valid, fresh and as overridden", () => {
  expect(checkMessage(aMessage())).toEqual([]);
  expect(checkCommand(aCommand())).toEqual([]);
  expect(aMessage().id).not.toBe(aMessage().id);
  expect(aMessage({ text: "sampai jumpa" }).text).toBe("sampai jumpa");
  expect(aCommand({ accountId: "acct" }).accountId).toBe("acct");
});
