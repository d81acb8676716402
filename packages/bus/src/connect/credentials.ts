import { readFileSync } from "node:fs";
import { MioError } from "@mio/failure";
import { type Authenticator, credsAuthenticator } from "@nats-io/nats-core";

/**
 * Creates an authenticator that reads a NATS credentials file at each connection, so a rotated file is used at the next
 * one. While the file cannot be read or is incomplete, it uses the last good content.
 *
 * @throws MioError `config.invalid` when the first reading gives no good content
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
      // The file may be in the middle of a replacement.
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

/** The library's own message could quote the content of the file. */
function isComplete(content: Uint8Array): boolean {
  try {
    credsAuthenticator(content)("nonce");
    return true;
  } catch {
    return false;
  }
}
