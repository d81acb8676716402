import { readFileSync } from "node:fs";
import { MioError } from "@mio/failure";
import { type Authenticator, credsAuthenticator } from "@nats-io/nats-core";

/**
 * An authenticator for a NATS credentials file, which it reads again at each connection: a file that was rotated is used
 * at the next one. While the file cannot be read or is not complete, the last good content is used.
 *
 * @throws MioError `config.invalid` when there is no good content to begin with
 */
export function createCredsAuthenticator(
  path: string,
  read: (path: string) => Uint8Array = readFileSync,
): Authenticator {
  let good = readCreds(path, read);
  return (nonce) => {
    try {
      good = readCreds(path, read);
    } catch {
      // Being replaced at this moment, perhaps.
    }
    return credsAuthenticator(good)(nonce);
  };
}

function readCreds(path: string, read: (path: string) => Uint8Array): Uint8Array {
  let content: Uint8Array;
  try {
    content = read(path);
  } catch (cause) {
    throw toUnusable(path, "cannot be read", cause);
  }
  if (!isComplete(content)) throw toUnusable(path, "is no NATS credentials file");
  return content;
}

function toUnusable(path: string, problem: string, cause?: unknown): MioError {
  return new MioError("config.invalid", `MIO_NATS_CREDS_FILE names ${path}, which ${problem}.`, { cause });
}

/** The library's own reason might quote what the file holds. */
function isComplete(content: Uint8Array): boolean {
  try {
    credsAuthenticator(content)("nonce");
    return true;
  } catch {
    return false;
  }
}
