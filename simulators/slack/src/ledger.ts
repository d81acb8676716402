import type { EventLog } from "@mio/simulator-kit";
import type { SlackApiCall, SlackDelivery, SlackEvent } from "./traffic.ts";

const maxKept = 5_000;

/** Counts and keeps what went over the wire. */
export interface TrafficLedger {
  deliveries(): readonly SlackDelivery[];
  calls(): readonly SlackApiCall[];
  counters(): Readonly<Record<string, number>>;
}

export function createTrafficLedger(events: EventLog<SlackEvent>): TrafficLedger {
  const deliveries: SlackDelivery[] = [];
  const calls: SlackApiCall[] = [];
  const counters = new Map<string, number>();
  events.on(({ event }) => {
    if (event.type === "event.delivered") push(deliveries, event.delivery);
    if (event.type !== "api.called") return;
    push(calls, event.call);
    counters.set(event.call.method, (counters.get(event.call.method) ?? 0) + 1);
  });
  return {
    deliveries: () => [...deliveries],
    calls: () => [...calls],
    counters: () => Object.fromEntries(counters),
  };
}

function push<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length >= maxKept * 2) items.splice(0, items.length - maxKept);
}
