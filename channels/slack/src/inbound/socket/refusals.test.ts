import { expect, it } from "vitest";
import { authWords, verdictOf } from "../../access/error-table.ts";
import { refusalIn, refusals } from "./refusals.ts";

const forbiddenToTheApp = [
  "access_denied",
  "accesslimited",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "team_access_not_allowed",
];
const known = [
  "account_inactive",
  "app_missing_action_url",
  "app_uninstalled",
  "bad_client_secret",
  "forbidden_team",
  "invalid_app_id",
  "invalid_auth",
  "invalid_refresh_token",
  "missing_scope",
  "no_permission",
  "not_allowed_token_type",
  "not_authed",
  "org_login_required",
  "team_access_not_granted",
  "team_disabled",
  "team_not_found",
  "token_expired",
  "token_revoked",
  "two_factor_setup_required",
  "user_removed_from_team",
  ...forbiddenToTheApp,
];

it.each(known)("knows %s as final, in any case and inside longer text", (code) => {
  expect(refusalIn(code)).toBe(code);
  expect(refusalIn(code.toUpperCase())).toBe(code);
  expect(refusalIn(`An API error occurred: ${code} (auth.test)`)).toBe(code);
});

it("treats no other code as final", () => {
  expect(refusals).toEqual(known);
});

it("agrees with the sender's table: the same codes for credentials, and otherwise only those about the app", () => {
  const others = refusals.filter((word) => !authWords.includes(word));
  expect(others).toEqual(forbiddenToTheApp);
  for (const word of others) expect(verdictOf(word)).toEqual({ kind: "permanent", reason: "forbidden" });
  for (const word of authWords) expect(refusals).toContain(word);
});

it.each([
  "",
  "ECONNRESET",
  "timeout",
  "rate_limited",
  "ratelimited",
  "too_many_websockets",
  "server_error",
  "internal_error",
  "service_unavailable",
  "team_added_to_org",
  "insecure_request",
  "my_invalid_auth_x",
])("tries again after %j", (text) => {
  expect(refusalIn(text)).toBeUndefined();
});
