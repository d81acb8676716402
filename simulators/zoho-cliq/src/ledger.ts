import { createTrafficLedger, type EventLog, type TrafficLedger } from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";
import type { ApiCall, CliqEvent, Delivery } from "./types.ts";

const noCalls: Readonly<Record<Endpoint, number>> = {
  token: 0,
  post: 0,
  edit: 0,
  delete: 0,
  reaction: 0,
  upload: 0,
  history: 0,
  file: 0,
  other: 0,
};

export interface CliqLedger extends TrafficLedger<Delivery, ApiCall> {
  /** Calls by endpoint; 0 for endpoints that were not called. */
  counters(): Readonly<Record<Endpoint, number>>;
}

export function createCliqLedger(events: EventLog<CliqEvent>): CliqLedger {
  const ledger = createTrafficLedger(events, {
    deliveryOf: (event) => (event.type === "webhook.delivered" ? event.delivery : undefined),
    callOf: (event) => (event.type === "api.called" ? event.call : undefined),
    counterOf: ({ endpoint }) => endpoint,
  });
  return { ...ledger, counters: () => ({ ...noCalls, ...ledger.counters() }) };
}
