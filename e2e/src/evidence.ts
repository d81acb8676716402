import { decodeMessage } from "@mio/envelope";
import type { Message } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type Account, toAccount } from "./accounting.ts";
import type { Fleet } from "./fleet.ts";
import type { Talk } from "./talk.ts";

/** Reads all messages of a stream, in order. */
export async function readStream(
  natsUrl: string,
  stream: "MESSAGES_INBOUND" | "MESSAGES_INBOUND_ENRICHED" = "MESSAGES_INBOUND",
): Promise<readonly Message[]> {
  const nc = await connect({ servers: natsUrl });
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await jsm.streams.info(stream);
    const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
    const stored = await Promise.all(sequences.map((seq) => jsm.streams.getMessage(stream, { seq })));
    return stored.flatMap((entry) => (entry === null ? [] : [decodeMessage(entry.data)]));
  } finally {
    await nc.close();
  }
}

/** Number of events that the bus has not confirmed. */
export async function outboxSize({ db }: Pick<Fleet, "db">): Promise<number> {
  const { rows } = await db.query<{ size: number }>("SELECT count(*)::int AS size FROM outbox");
  return rows[0]?.size ?? 0;
}

/** Ids of all events in the ledger. */
export async function ledgerIds({ db }: Pick<Fleet, "db">): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>("SELECT id FROM messages ORDER BY id");
  return rows.map(({ id }) => id);
}

/** Waits until the outbox is empty. */
export async function waitUntilPublished(fleet: Pick<Fleet, "db">): Promise<void> {
  await eventually(async () => (await outboxSize(fleet)) === 0, { timeoutMs: 30_000, everyMs: 50 });
}

/** Messages of people compared with the stream, and ledger rows compared with the stream. */
export interface InboundAccounts {
  readonly said: Account;
  readonly rows: Account;
}

/** Accounts for every message of one or several talks. */
export async function accountInbound(fleet: Fleet, talks: readonly Talk[]): Promise<InboundAccounts> {
  const messages = await readStream(fleet.nats.url);
  const ids = await ledgerIds(fleet);
  return {
    said: toAccount({
      attempted: talks.flatMap(({ attempted }) => [...attempted]),
      promised: talks.flatMap(({ acked }) => [...acked]),
      seen: messages.map(({ text }) => text),
    }),
    rows: toAccount({ attempted: ids, promised: ids, seen: messages.map(({ id }) => id) }),
  };
}

/** Accounts for the messages that agents receive. */
export async function accountEnriched(fleet: Fleet, talks: readonly Talk[]): Promise<Account> {
  const messages = await readStream(fleet.nats.url, "MESSAGES_INBOUND_ENRICHED");
  return toAccount({
    attempted: talks.flatMap(({ attempted }) => [...attempted]),
    promised: talks.flatMap(({ acked }) => [...acked]),
    seen: messages.map(({ text }) => text),
  });
}
