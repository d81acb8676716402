import type { Bus, ConsumerDeclaration } from "@mio/bus";

interface Taking extends Pick<ConsumerDeclaration, "stream" | "durable" | "pinned"> {
  /** Of the pin, when an earlier delivery gave one. */
  readonly id?: string | undefined;
}

/** Takes the next delivery of a consumer and leaves it unacknowledged. */
export async function takeNext(bus: Bus, { stream, durable, pinned, id }: Taking) {
  const request = JSON.stringify({ batch: 1, expires: 20e9, group: pinned?.group, id });
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${durable}`;
  // The answer comes under the message's own subject, which the shared inbox does not know.
  return await bus.nc.request(subject, request, { timeout: 20_000, noMux: true });
}
