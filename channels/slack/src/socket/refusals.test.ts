import { expect, it } from "vitest";
import { refusalIn } from "./refusals.ts";

it.each([
  "invalid_auth",
  "token_revoked",
  "account_inactive",
  "not_authed",
  "team_not_found",
  "missing_scope",
  "token_expired",
  "org_login_required",
])("knows %s as final, in any case and inside longer text", (code) => {
  expect(refusalIn(code)).toBe(code);
  expect(refusalIn(code.toUpperCase())).toBe(code);
  expect(refusalIn(`An API error occurred: ${code} (auth.test)`)).toBe(code);
});

it.each([
  "",
  "ECONNRESET",
  "timeout",
  "rate_limited",
  "ratelimited",
  "server_error",
  "internal_error",
  "my_invalid_auth_x",
])("tries again after %j", (text) => {
  expect(refusalIn(text)).toBeUndefined();
});
