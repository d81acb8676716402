import { createLogger } from "@mio/service-kit";
import type { AccountChange, Db } from "@mio/store";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { warnOfUnservedAccounts } from "./warn-of-unserved-accounts.ts";

it("warns once per account across changes of accounts", async () => {
  const logs = captureLogs();
  let rows = [{ id: "a1", channel_type: "irc" }];
  const query = async () => ({ rows });
  let changed = (_change: AccountChange): void => {};
  warnOfUnservedAccounts({
    db: { query } as unknown as Db,
    accounts: {
      onChange: (callback) => {
        changed = callback;
      },
    },
    channelTypes: ["slack"],
    logger: createLogger({ service: "test", level: "warn", destination: logs.destination }),
  });
  changed({});
  await eventually(() => expect(logs.lines).toHaveLength(1));
  rows = [...rows, { id: "a2", channel_type: "irc" }];
  changed({});
  await eventually(() => expect(logs.matching({ account_id: "a2" })).toHaveLength(1));
  expect(logs.lines.map(({ account_id }) => account_id)).toEqual(["a1", "a2"]);
});
