import { readFileSync } from "node:fs";
import { type Authenticator, credsAuthenticator } from "@nats-io/transport-node";

/**
 * Authenticates with a NATS credentials file. It reads the file at each connection, because credentials are rotated
 * while a process runs. If the file cannot be read or is half written, it uses the last good content.
 *
 * @throws Error when the first reading fails
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
