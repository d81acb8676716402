import type { IncomingMessage } from "node:http";

/** Why a body was not read to its end; fastify answers with `statusCode`. */
class BodyRefused extends Error {
  override readonly name = "BodyRefused";
  readonly statusCode: 400 | 413 | 503;

  constructor(statusCode: BodyRefused["statusCode"], message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export interface ReadBodyOptions {
  readonly maxBytes: number;
  /** Called with the size of each chunk; returns false to reject it. */
  readonly take: (bytes: number) => boolean;
}

/**
 * Reads the exact bytes of a body, because a signature covers them.
 *
 * @throws BodyRefused if the body is too long, exceeds the limit in progress, or the sender disconnects
 */
export function readBody(request: IncomingMessage, { maxBytes, take }: ReadBodyOptions): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) return Promise.reject(tooLong());
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  let length = 0;
  const onData = (piece: Buffer): void => {
    length += piece.length;
    if (length > maxBytes) stop(tooLong());
    else if (take(piece.length)) pieces.push(piece);
    else stop(new BodyRefused(503, "too many bytes of webhooks in progress"));
  };
  const stop = (refused: BodyRefused): void => {
    request.off("data", onData);
    // Discards the rest until the answer closes the connection.
    request.resume();
    reject(refused);
  };
  const whole = (): Buffer => {
    const [first, second] = pieces;
    return first !== undefined && second === undefined ? first : Buffer.concat(pieces);
  };
  request
    .on("data", onData)
    .once("end", () => resolve(whole()))
    .once("error", (error) => reject(new BodyRefused(400, `the body broke off: ${error.message}`)));
  return promise;
}

function tooLong(): BodyRefused {
  return new BodyRefused(413, "the body is longer than MIO_MAX_BODY_BYTES");
}
