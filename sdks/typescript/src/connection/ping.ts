import { MioError } from "@mio/failure";
import { assertOpen, type Session } from "./session.ts";

/** @throws MioError `sdk.unreachable` when the server does not answer within `timeoutMs`. */
export async function ping(session: Session, timeoutMs: number): Promise<void> {
  assertOpen(session);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unreachable(timeoutMs)), timeoutMs);
  try {
    await Promise.race([session.nc.rtt(), late]);
  } catch (error) {
    throw error instanceof MioError ? error : unreachable(timeoutMs, error);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(timeoutMs: number, cause?: unknown): MioError {
  return new MioError("sdk.unreachable", `The NATS server did not answer within ${timeoutMs} ms.`, {
    retry: "soon",
    cause,
  });
}
