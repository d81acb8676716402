import { toMioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import { type Db, listUnservedAccounts } from "@mio/store";
import type { AccountDirectory } from "./account-directory.ts";

export interface UnservedAccountsOptions {
  readonly db: Db;
  readonly accounts: Pick<AccountDirectory, "onChange">;
  readonly channelTypes: readonly string[];
  readonly logger: Logger;
}

/** Warns once about each account whose channel is not mounted, at startup and after changes of accounts. */
export function warnOfUnservedAccounts({
  db,
  accounts,
  channelTypes,
  logger,
}: UnservedAccountsOptions): void {
  const reported = new Set<string>();
  const look = async (): Promise<void> => {
    for (const { id, channelType } of await listUnservedAccounts(db, channelTypes)) {
      const key = `${id} ${channelType}`;
      if (reported.has(key)) continue;
      reported.add(key);
      logger.warn({ account_id: id, channel: channelType, known: channelTypes }, "account.unknown_channel");
    }
  };
  accounts.onChange(() => {
    look().catch((error: unknown) => logger.warn({ err: toMioError(error) }, "account.channels_unknown"));
  });
}
