import type { Bus, ConsumerDeclaration } from "@mio/bus";

interface Taking extends Pick<ConsumerDeclaration, "stream" | "durable" | "pinned"> {
  /** The pin id of an earlier delivery. */
  readonly id?: string | undefined;
}

/** Takes the next delivery of a consumer and leaves it unacknowledged. */
export async function takeNext(bus: Bus, { stream, durable, pinned, id }: Taking) {
  const request = JSON.stringify({ batch: 1, expires: 20e9, group: pinned?.group, id });
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${durable}`;
  // The answer has the message's own subject, which the shared inbox does not recognise.
  return await bus.nc.request(subject, request, { timeout: 20_000, noMux: true });
}
