import type { EventLog } from "./event-log.ts";

/** Number of deliveries and calls kept. The lists grow to twice this before they are trimmed. */
const maxKept = 5_000;

/** Keeps the newest deliveries and API calls, and counts the calls. */
export interface TrafficLedger<Delivery, Call> {
  deliveries(): readonly Delivery[];
  calls(): readonly Call[];
  counters(): Readonly<Record<string, number>>;
}

export function createTrafficLedger<Event, Delivery, Call>(
  events: EventLog<Event>,
  read: {
    readonly deliveryOf: (event: Event) => Delivery | undefined;
    readonly callOf: (event: Event) => Call | undefined;
    readonly counterOf: (call: Call) => string;
  },
): TrafficLedger<Delivery, Call> {
  const deliveries: Delivery[] = [];
  const calls: Call[] = [];
  const counters = new Map<string, number>();
  events.on(({ event }) => {
    const delivery = read.deliveryOf(event);
    if (delivery !== undefined) push(deliveries, delivery);
    const call = read.callOf(event);
    if (call === undefined) return;
    push(calls, call);
    const counter = read.counterOf(call);
    counters.set(counter, (counters.get(counter) ?? 0) + 1);
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
