/** One header of a NATS message; a name with several values has several entries. */
export type HeaderEntry = readonly [name: string, value: string];

/** Names of the NATS headers Mio writes and reads. */
export const headerNames = {
  /** Within the stream's window a second message with the same value is stored once. */
  dedupId: "Nats-Msg-Id",
  /** W3C trace context. */
  traceparent: "traceparent",
  tracestate: "tracestate",
  /** On a dead letter: why, as a word of a small closed set; from an agent's `reject`, its own words. */
  deadReason: "Mio-Dead-Reason",
  /** On a dead letter: the error code of docs/errors.md. */
  deadCode: "Mio-Dead-Code",
  /** On a dead letter: one line for people, which part failed and why; never words of the message. */
  deadDetail: "Mio-Dead-Detail",
  /** On a dead letter: the stream it was taken from. */
  deadStream: "Mio-Dead-Stream",
  /** On a dead letter: its sequence in that stream. */
  deadSequence: "Mio-Dead-Sequence",
  /** On a dead letter: how often it was delivered. */
  deadDeliveries: "Mio-Dead-Deliveries",
  /** On a dead letter: the `Nats-Msg-Id` it was published with. */
  deadDedupId: "Mio-Dead-Dedup-Id",
  /** On a dead letter: when it was given up, RFC 3339. */
  deadTime: "Mio-Dead-Time",
  /** On a dead letter: the durable that gave it up. */
  deadDurable: "Mio-Dead-Durable",
  /** On a dead letter: the subject it was published on, where it is put back. */
  deadSubject: "Mio-Dead-Subject",
  /** On a dead letter: a header of the message that orders something of the server, as `name: value`; may repeat. */
  deadOrder: "Mio-Dead-Order",
  /** On a dead letter without a payload: how many bytes the message had, which did not fit. */
  deadOmittedBytes: "Mio-Dead-Omitted-Bytes",
  /** On a message that an operator put back: a fresh value for each time, by which it is carried out once more. */
  redrive: "Mio-Redrive",
  /** On a message that an operator put back: the durable it is for; others leave it alone. */
  redriveDurable: "Mio-Redrive-Durable",
} as const;
