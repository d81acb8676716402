import { type AppContext, systemClock, type Worker } from "@mio/service-kit";
import { createLedger } from "@mio/store";
import { type AcceptMessage, createAcceptMessage } from "./accept-message.ts";
import { type AccountDirectory, createAccountDirectory } from "./account-directory.ts";
import type { GatewayConfig } from "./config.ts";
import { createConfirmedEvents } from "./confirmed-events.ts";
import type { GatewayEvents } from "./events.ts";
import type { Resources } from "./open-resources.ts";
import { createOutboxRelay, type OutboxRelay } from "./outbox-relay.ts";

export interface InboundParts {
  readonly context: AppContext;
  readonly events: GatewayEvents;
  readonly resources: Resources;
}

/** The path of an event from a draft to the stream, with the workers that stand behind it. */
export interface Inbound {
  readonly accept: AcceptMessage;
  readonly accounts: AccountDirectory;
  readonly workers: readonly Worker[];
}

const clock = systemClock;

export function createInbound(
  config: GatewayConfig,
  { context: { logger }, events, resources }: InboundParts,
): Inbound {
  const { bus, store } = resources;
  const db = store.pool;
  const accounts = createAccountDirectory({
    db,
    dsn: config.MIO_POSTGRES_DSN.reveal(),
    clock,
    logger,
    fallbackAccountId: config.MIO_ACCOUNT_ID,
  });
  const confirmed = createConfirmedEvents(db, { clock, logger });
  const minAgeMs = config.MIO_RELAY_AGE;
  const relay = createOutboxRelay({ db, bus, clock, logger, minAgeMs, onRelayed: events.relayed });
  const accept = createAcceptMessage({
    accounts,
    ledger: createLedger(db),
    publisher: bus.publisher,
    confirmed,
    relay: config.MIO_RELAY_ENABLED ? relay : noRelay,
    publishWaitMs: config.MIO_PUBLISH_WAIT,
  });
  const workers = [accounts.worker, confirmed.worker, ...(config.MIO_RELAY_ENABLED ? [relay.worker] : [])];
  return { accept, accounts, workers };
}

/** Without a relay an unconfirmed event stays in the outbox. */
const noRelay: Pick<OutboxRelay, "turn" | "takeOver"> = { turn: () => "caller", takeOver: () => {} };
