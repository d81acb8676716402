import { MioError } from "@mio/failure";
import { isSupportedServer, jetStreamCodes, streamNames } from "@mio/jetstream";
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";

/**
 * Checks that the server is recent enough and has the streams of messages and commands. A stream that the agent may not
 * inspect counts as present.
 *
 * @throws MioError `sdk.server_too_old`, `sdk.no_jetstream`, `sdk.no_stream`.
 */
export async function checkServer(nc: NatsConnection): Promise<void> {
  const version = nc.info?.version ?? "0.0.0";
  if (!isSupportedServer(version)) {
    throw new MioError("sdk.server_too_old", `NATS server ${version} is too old; Mio needs 2.12 or newer.`, {
      details: { version },
    });
  }
  const jsm = await openManager(nc);
  for (const stream of [streamNames.enriched, streamNames.outbound]) await requireStream(jsm, stream);
}

async function openManager(nc: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(nc, { timeout: 2_000 });
  } catch (cause) {
    if (!isNotEnabled(cause)) return await jetstreamManager(nc, { checkAPI: false });
    throw noJetStream(cause);
  }
}

function noJetStream(cause: unknown): MioError {
  const message = "The NATS server runs without JetStream; start it with JetStream on.";
  return new MioError("sdk.no_jetstream", message, { retry: "soon", cause });
}

/** Whether nothing answered: no JetStream, no such stream, or no leader. The client does not export this error class. */
export function isNotEnabled(error: unknown): boolean {
  return error instanceof Error && error.name === "JetStreamNotEnabled";
}

async function requireStream(jsm: JetStreamManager, stream: string): Promise<void> {
  try {
    await jsm.streams.info(stream);
  } catch (cause) {
    if (isStreamMissing(cause)) throw missingStream(stream, cause);
  }
}

/** Whether the error says that the stream does not exist. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === jetStreamCodes.streamNotFound;
}

/** Whether the user lacks the permission. The client puts the refusal into the cause. */
export function isForbidden(error: unknown): boolean {
  if (error instanceof PermissionViolationError) return true;
  return error instanceof Error && error.cause instanceof PermissionViolationError;
}

/** The error for a stream that Mio's services have not created. */
export function missingStream(stream: string, cause: unknown): MioError {
  return new MioError("sdk.no_stream", `Stream ${stream} does not exist; start Mio's services first.`, {
    retry: "soon",
    details: { stream },
    cause,
  });
}
