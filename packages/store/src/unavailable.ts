import { MioError } from "@mio/failure";

/** By the code of the system or of Postgres. Their own texts may hold parts of a misspelt connection string. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its host has no address",
  EAI_AGAIN: "its host has no address just now",
  ETIMEDOUT: "it cannot be reached",
  EHOSTUNREACH: "it cannot be reached",
  "28000": "it refuses the user",
  "28P01": "it refuses the user or the password",
  "3D000": "it has no such database",
  "53300": "it has no connection left",
  "57P03": "it starts or stops",
};

/** Postgres cannot be reached, or does not let us in. */
export function unavailable(cause: unknown): MioError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = reasons[code];
  const message = reason === undefined ? "Postgres does not answer." : `Postgres does not answer: ${reason}.`;
  return new MioError("store.unavailable", message, { retry: "soon", cause });
}
