import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createSemaphore } from "@mio/pacing";
import { extractTrace, injectTrace, type Metrics, withSpan } from "@mio/service-kit";
import { headers as createHeaders, type MsgHdrs } from "@nats-io/nats-core";
import { type BusOutcome, createBusMeter } from "../connect/bus-metrics.ts";
import { toJetStreamError } from "../connect/jetstream-error.ts";
import type { RequestMux } from "../connect/request-mux.ts";
import { createExplainAbsence } from "./explain-absence.ts";

/** A message to publish. */
export interface Publication {
  readonly subject: string;
  /** `Nats-Msg-Id`: within the stream's window, a second message with the same id is not stored. */
  readonly dedupId: string;
  readonly payload: Uint8Array;
  /** Further headers, by name. A `traceparent` among them is the parent of the span. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export interface PublishOptions {
  /** Limit from the call to the confirmation, including the wait for a slot. Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
}

/** The stream's confirmation. */
export interface Published {
  readonly stream: string;
  readonly sequence: number;
  /** The stream already had a message with this dedup id and stored nothing. */
  readonly duplicate: boolean;
}

/** Publishes to JetStream. Publications of one caller are sent in the order of the calls. */
export interface Publisher {
  /**
   * Resolves when the stream has stored the message. After `bus.publish_timeout` and `bus.unavailable` it may be stored or
   * not: publish again with the same dedup id.
   *
   * @throws MioError `bus.publish_timeout`, `bus.unavailable`, `bus.no_leader`, `bus.no_stream`, `bus.stream_full`,
   * `bus.storage_failed`, `bus.too_large`, `bus.rejected`.
   */
  publish(publication: Publication, options?: PublishOptions): Promise<Published>;
}

export interface PublisherOptions {
  readonly requests: RequestMux;
  readonly metrics?: Metrics | undefined;
  /** How many publications may be pending; further ones wait for a slot. Default 1,024. */
  readonly maxInFlight?: number;
}

const defaultTimeoutMs = 5_000;

/** Creates a publisher on a request mux. */
export function createPublisher({ requests, metrics, maxInFlight = 1_024 }: PublisherOptions): Publisher {
  const meter = createBusMeter("publish", metrics);
  const slots = createSemaphore(maxInFlight);
  const explainAbsence = createExplainAbsence(requests);

  const send = async (publication: Publication, timeoutMs: number): Promise<Published> => {
    const start = performance.now();
    try {
      if (!slots.tryAcquire() && !(await slots.acquire({ timeoutMs }))) throw tooManyWaiting(maxInFlight);
      try {
        const { subject, payload } = publication;
        const left = timeoutMs - (performance.now() - start);
        const reply = await requests.request({
          subject,
          payload,
          headers: toHeaders(publication),
          timeoutMs: left,
        });
        const published = toPublished(reply.data, subject);
        meter.observe(
          subject,
          published.duplicate ? "dedup" : "success",
          (performance.now() - start) / 1_000,
        );
        return published;
      } finally {
        slots.release();
      }
    } catch (error) {
      const { subject } = publication;
      const left = timeoutMs - (performance.now() - start);
      const isAbsent = error instanceof MioError && error.code === "bus.no_stream";
      const failure = isAbsent ? await explainAbsence(subject, left) : error;
      meter.observe(subject, toOutcome(failure), (performance.now() - start) / 1_000);
      throw failure;
    }
  };
  return {
    publish: (publication, options) =>
      withSpan("mio.publish", toSpan(publication), () =>
        send(publication, options?.timeoutMs ?? defaultTimeoutMs),
      ),
  };
}

function toSpan({ subject, dedupId, headers }: Publication) {
  const stored = headers?.some(([name]) => name === headerNames.traceparent) === true;
  return {
    kind: "producer" as const,
    ...(stored ? { parent: extractTrace(new Map(headers)) } : {}),
    attributes: {
      "messaging.system": "nats",
      "messaging.destination": subject,
      "messaging.message_id": dedupId,
    },
  };
}

function toHeaders(publication: Publication): MsgHdrs {
  const headers = createHeaders();
  for (const [name, value] of publication.headers ?? []) headers.append(name, value);
  injectTrace(headers);
  headers.set(headerNames.dedupId, publication.dedupId);
  return headers;
}

const decoder = new TextDecoder();

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

function toPublished(data: Uint8Array, subject: string): Published {
  const ack: PubAck = JSON.parse(decoder.decode(data));
  if (ack.error !== undefined)
    throw toJetStreamError(ack.error, { subject, ...(ack.stream && { stream: ack.stream }) });
  return { stream: ack.stream ?? "", sequence: ack.seq ?? 0, duplicate: ack.duplicate ?? false };
}

function toOutcome(error: unknown): BusOutcome {
  if (!(error instanceof MioError)) return "error";
  if (error.code === "bus.publish_timeout") return "timeout";
  return error.code === "bus.too_large" ? "invalid" : "error";
}

function tooManyWaiting(places: number): MioError {
  const message = "Too many messages wait for NATS.";
  return new MioError("bus.publish_timeout", message, { retry: "soon", details: { places } });
}
