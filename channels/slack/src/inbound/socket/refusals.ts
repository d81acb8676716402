import { authWords } from "../../access/error-table.ts";

/** The calls before a socket name no channel and no person: what is forbidden here is forbidden to the app as such. */
const forbiddenToTheApp = [
  "access_denied",
  "accesslimited",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "team_access_not_allowed",
];

/** Slack's words for credentials, or a standing of the app, that only a person can mend. */
export const refusals: readonly string[] = [...authWords, ...forbiddenToTheApp];

// regex: a choice of fixed words
const pattern = new RegExp(`(?<![a-z0-9_])(?:${refusals.join("|")})(?![a-z0-9_])`, "i");

/** The word by which Slack refuses credentials for good, from an error of its own; undefined when it does not. */
export function refusalIn(error: string): string | undefined {
  return pattern.exec(error)?.[0].toLowerCase();
}
