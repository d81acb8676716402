import { authWords } from "../../access/error-table.ts";

/** The calls before a socket name no channel and no person, so these errors are about the app as such. */
const forbiddenToTheApp = [
  "access_denied",
  "accesslimited",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "team_access_not_allowed",
];

/** Slack's error codes for credentials, or a state of the app, that only a person can fix. */
export const refusals: readonly string[] = [...authWords, ...forbiddenToTheApp];

// regex: a choice of fixed words
const pattern = new RegExp(`(?<![a-z0-9_])(?:${refusals.join("|")})(?![a-z0-9_])`, "i");

/** The error code with which Slack rejects credentials for good, in an error's text; undefined if there is none. */
export function refusalIn(error: string): string | undefined {
  return pattern.exec(error)?.[0].toLowerCase();
}
