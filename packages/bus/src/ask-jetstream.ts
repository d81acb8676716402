import { MioError } from "@mio/failure";
import { JetStreamApiError } from "@nats-io/jetstream";

/**
 * Waits for JetStream's answer about `what`, in the plural.
 *
 * @throws MioError `bus.unavailable` when none comes; a refusal of JetStream's as it is.
 */
export async function askJetStream<T>(what: string, answer: Promise<T>): Promise<T> {
  return await answer.catch((cause: unknown) => {
    if (cause instanceof JetStreamApiError) throw cause;
    throw new MioError("bus.unavailable", `NATS did not answer about its ${what}.`, { retry: "soon", cause });
  });
}
