import type { Channel } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import type { AppContext, Probe, Worker } from "@mio/service-kit";
import { createLedger, type Ledger } from "@mio/store";
import { type AcceptMessage, createAcceptMessage } from "./accept/accept-message.ts";
import { createForgetMessages } from "./accept/forget-messages.ts";
import { maxEnvelopeBytes } from "./accept/max-envelope-bytes.ts";
import { type AccountDirectory, createAccountDirectory } from "./accounts/account-directory.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayEvents } from "./events.ts";
import type { Resources } from "./open-resources.ts";
import { createBusBreaker } from "./publish/bus-breaker.ts";
import { createConfirmedEvents } from "./publish/confirmed-events.ts";
import { createGiveUpEvent } from "./publish/give-up-event.ts";
import { createOutboxRelay, type OutboxRelay } from "./publish/outbox-relay.ts";
import { createOrderedPublisher } from "./publish/publish-in-order.ts";
import { createStoredEvents } from "./publish/stored-events.ts";

export interface InboundParts {
  readonly context: AppContext;
  readonly events: GatewayEvents;
  readonly resources: Resources;
  readonly channels: readonly Channel[];
}

/** The path of an event from draft to stream, with its background workers. */
export interface Inbound {
  readonly accept: AcceptMessage;
  readonly accounts: AccountDirectory;
  readonly workers: readonly Worker[];
  /** Whether events are being recorded. */
  readonly probe: Probe;
}

const clock = systemClock;
/** While the bus does not confirm, one caller per interval tries it. */
const breakerRestMs = 2_000;

export function createInbound(
  config: GatewayConfig,
  { context: { logger }, events, resources, channels }: InboundParts,
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
  const now = (): number => performance.now();
  const breaker = createBusBreaker({ now, restMs: breakerRestMs });
  const relay = createOutboxRelay({
    db,
    bus,
    stored: createStoredEvents(bus),
    confirmed,
    breaker,
    giveUp: createGiveUpEvent(bus),
    clock,
    now,
    logger,
    minAgeMs: config.MIO_RELAY_AGE,
    onRelayed: events.relayed,
    onGivenUp: events.givenUp,
  });
  const ledger = createLedger(db);
  const usedRelay = config.MIO_RELAY_ENABLED ? relay : noRelay;
  const byType = new Map<string, Channel>(channels.map((channel) => [channel.channelType, channel]));
  const accept = createAcceptMessage({
    accounts,
    ledger,
    publisher: createOrderedPublisher({
      publisher: bus.publisher,
      confirmed,
      relay: usedRelay,
      breaker,
      publishWaitMs: config.MIO_PUBLISH_WAIT,
      now,
    }),
    relay: usedRelay,
    addressOf: (message) => byType.get(message.channelType)?.conversationAddress?.(message),
    maxEnvelopeBytes: () => maxEnvelopeBytes(bus.nc.info?.max_payload),
  });
  const forget = createForgetMessages({
    db,
    clock,
    retentionMs: config.MIO_MESSAGE_RETENTION,
    onRotated: events.messagesRotated,
  });
  const relays = config.MIO_RELAY_ENABLED ? [relay.worker] : [];
  const workers = [accounts.worker, confirmed.worker, ...relays, forget];
  return { accept, accounts, workers, probe: probeLedger(ledger) };
}

/** Longer than the statement timeout of Postgres, and well below what platforms wait for an answer. */
const maxLedgerWaitMs = 3_500;

/** The ping of Postgres uses another connection than the events, and works while theirs is silent. */
function probeLedger(ledger: Pick<Ledger, "oldestMs">): Probe {
  return {
    name: "ledger",
    check: async () => {
      const waitMs = Math.round(ledger.oldestMs());
      if (waitMs <= maxLedgerWaitMs) return;
      const message = `An event has been waiting for Postgres for ${waitMs} ms.`;
      throw new MioError("store.unavailable", message, { retry: "soon" });
    },
  };
}

/** Without a relay an unconfirmed event stays in the outbox. */
const noRelay: Pick<OutboxRelay, "leave"> = { leave: () => {} };
