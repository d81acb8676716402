/** One header of a NATS message; a name with several values has several entries. */
export type HeaderEntry = readonly [name: string, value: string];

/** The NATS headers that Mio writes and reads. */
export const headerNames = {
  /** Within the stream's window, a second message with the same value is not stored. */
  dedupId: "Nats-Msg-Id",
  /** W3C trace context. */
  traceparent: "traceparent",
  tracestate: "tracestate",
  /** On a dead letter: the reason, one of a small set of words; from an agent's `reject`, the agent's text. */
  deadReason: "Mio-Dead-Reason",
  /** On a dead letter: the error code of docs/errors.md. */
  deadCode: "Mio-Dead-Code",
  /** On a dead letter: one line for people, which part failed and why, without text of the message. */
  deadDetail: "Mio-Dead-Detail",
  /** On a dead letter: the stream it was taken from. */
  deadStream: "Mio-Dead-Stream",
  /** On a dead letter: its sequence in that stream. */
  deadSequence: "Mio-Dead-Sequence",
  /** On a dead letter: how often it was delivered. */
  deadDeliveries: "Mio-Dead-Deliveries",
  /** On a dead letter: the `Nats-Msg-Id` it was published with. */
  deadDedupId: "Mio-Dead-Dedup-Id",
  /** On a dead letter: when it was rejected, RFC 3339. */
  deadTime: "Mio-Dead-Time",
  /** On a dead letter: the durable that rejected it. */
  deadDurable: "Mio-Dead-Durable",
  /** On a dead letter: the subject it was published on, and to which it is redriven. */
  deadSubject: "Mio-Dead-Subject",
  /** On a dead letter: a header of the message with an instruction for the server, as `name: value`; may repeat. */
  deadOrder: "Mio-Dead-Order",
  /** On a dead letter without a payload: how many bytes the message had. */
  deadOmittedBytes: "Mio-Dead-Omitted-Bytes",
  /** On a redriven message: a token, different for each redrive, that lets it be carried out again. */
  redrive: "Mio-Redrive",
  /** On a redriven message: the durable it is for; others acknowledge it without handling it. */
  redriveDurable: "Mio-Redrive-Durable",
} as const;
