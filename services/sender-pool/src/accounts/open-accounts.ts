import type { Channel } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import type { Vaults } from "@mio/sealing";
import type { Logger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import {
  type AccountDirectory,
  createAccountDirectory,
  createSenders,
  type Senders,
} from "./account-directory.ts";
import { openChannels, type SendingChannel } from "./open-channels.ts";

/** The accounts of this pool, and their connections to the platforms. */
export interface Accounts {
  readonly directory: AccountDirectory;
  readonly channels: ReadonlyMap<string, SendingChannel>;
  readonly senders: Senders;
}

export interface AccountsOptions {
  readonly db: Db;
  readonly dsn: string;
  readonly vaults: Vaults;
  readonly channels: readonly Channel[];
  readonly settings: unknown;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

export function openAccounts(options: AccountsOptions): Accounts {
  const { channels, settings, logger, vaults } = options;
  return {
    directory: createAccountDirectory(options),
    channels: openChannels(channels, settings, logger),
    senders: createSenders(vaults),
  };
}
