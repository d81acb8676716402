import { readFileSync } from "node:fs";
import { type Authenticator, credsAuthenticator } from "@nats-io/transport-node";

/**
 * Authenticates with a NATS credentials file that is read at each connection, because credentials are rotated
 * while a process runs. A file that cannot be read or is half written leaves the last good one in use.
 *
 * @throws Error when the file cannot be read now
 */
export function credentialsFile(path: string): Authenticator {
  let good = readFileSync(path);
  return (nonce) => {
    try {
      const bytes = readFileSync(path);
      const answer = credsAuthenticator(bytes)(nonce);
      good = bytes;
      return answer;
    } catch {
      return credsAuthenticator(good)(nonce);
    }
  };
}
