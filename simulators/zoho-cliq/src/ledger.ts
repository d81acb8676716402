import type { EventLog } from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";
import type { ApiCall, CliqEvent, Delivery } from "./types.ts";

const maxKept = 5_000;

/** Counts and keeps what went over the wire. */
export interface TrafficLedger {
  deliveries(): readonly Delivery[];
  calls(): readonly ApiCall[];
  counters(): Readonly<Record<Endpoint, number>>;
}

export function createTrafficLedger(events: EventLog<CliqEvent>): TrafficLedger {
  const deliveries: Delivery[] = [];
  const calls: ApiCall[] = [];
  const counters: Record<Endpoint, number> = {
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
  events.on(({ event }) => {
    if (event.type === "webhook.delivered") push(deliveries, event.delivery);
    if (event.type !== "api.called") return;
    push(calls, event.call);
    counters[event.call.endpoint] += 1;
  });
  return { deliveries: () => [...deliveries], calls: () => [...calls], counters: () => ({ ...counters }) };
}

function push<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length >= maxKept * 2) items.splice(0, items.length - maxKept);
}
