/** Slack's words for credentials that only a person can mend. */
const refusals = [
  "access_denied",
  "account_inactive",
  "app_uninstalled",
  "bad_client_secret",
  "invalid_app_id",
  "invalid_auth",
  "invalid_refresh_token",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "not_authed",
  "org_login_required",
  "team_access_not_granted",
  "team_not_found",
  "token_expired",
  "token_revoked",
  "two_factor_setup_required",
  "user_removed_from_team",
] as const;

const pattern = new RegExp(`(?<![a-z0-9_])(?:${refusals.join("|")})(?![a-z0-9_])`, "i");

/** The word by which Slack refuses credentials for good, from an error of its own; undefined when it does not. */
export function refusalIn(error: string): string | undefined {
  return pattern.exec(error)?.[0].toLowerCase();
}
