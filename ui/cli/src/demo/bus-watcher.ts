import { decodeCommand, decodeMessage, decodeReceipt } from "@mio/envelope";
import type { DeliveryReceipt, Message, SendCommand } from "@mio/proto";
import { connect } from "@nats-io/transport-node";

/** A publication on the bus and its arrival time (`performance.now`). */
export type BusSighting = { readonly at: number } & (
  | { readonly kind: "inbound"; readonly message: Message }
  | { readonly kind: "enriched"; readonly message: Message }
  | { readonly kind: "command"; readonly command: SendCommand }
  | { readonly kind: "receipt"; readonly receipt: DeliveryReceipt }
  | { readonly kind: "dead_letter"; readonly subject: string }
);

/** Watches every publication with a plain NATS subscription, without Mio's own code. */
export interface BusWatcher extends AsyncDisposable {
  readonly sightings: readonly BusSighting[];
  /** Resolves with the first past or future sighting that matches. */
  waitFor<Sighting extends BusSighting>(
    fits: (seen: BusSighting) => seen is Sighting,
    timeoutMs: number,
  ): Promise<Sighting>;
}

export async function watchBus(url: string): Promise<BusWatcher> {
  const nc = await connect({ servers: url, name: "mio-demo" });
  const sightings: BusSighting[] = [];
  const listeners = new Set<() => void>();
  nc.subscribe("mio.>", {
    callback: (_error, { subject, data }) => {
      sightings.push(toSighting(subject, data));
      for (const listener of listeners) listener();
    },
  });
  await nc.flush();
  return {
    sightings,
    async waitFor(fits, timeoutMs) {
      const until = performance.now() + timeoutMs;
      for (;;) {
        const found = sightings.find(fits);
        if (found !== undefined) return found;
        const left = until - performance.now();
        if (left <= 0) throw new Error("not seen on the bus in time");
        await nextSighting(listeners, left);
      }
    },
    [Symbol.asyncDispose]: () => nc.close(),
  };
}

function toSighting(subject: string, data: Uint8Array): BusSighting {
  const at = performance.now();
  switch (subject.split(".")[1]) {
    case "inbound":
      return { at, kind: "inbound", message: decodeMessage(data) };
    case "inbound_enriched":
      return { at, kind: "enriched", message: decodeMessage(data) };
    case "outbound":
      return { at, kind: "command", command: decodeCommand(data) };
    case "receipt":
      return { at, kind: "receipt", receipt: decodeReceipt(data) };
    default:
      return { at, kind: "dead_letter", subject };
  }
}

function nextSighting(listeners: Set<() => void>, timeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  listeners.add(resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    listeners.delete(resolve);
  });
}
