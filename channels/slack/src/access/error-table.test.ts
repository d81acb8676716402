import type { DeliveryReason } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import { authWords, refusedToken, type Verdict, verdictOf } from "./error-table.ts";

const permanent: Partial<Record<DeliveryReason, string>> = {
  auth: `account_inactive app_missing_action_url app_uninstalled bad_client_secret forbidden_team invalid_app_id
    invalid_auth invalid_refresh_token missing_scope no_permission not_allowed_token_type not_authed
    org_login_required team_access_not_granted team_disabled team_not_found token_expired token_revoked
    two_factor_setup_required user_removed_from_team`,
  forbidden: `access_denied accesslimited cannot_dm_bot cannot_reply_to_message cant_broadcast_message
    channel_type_not_supported ekm_access_denied enterprise_is_restricted external_channel_migrating
    file_uploads_disabled is_archived is_bot is_inactive messages_tab_disabled
    method_not_supported_for_channel_type no_access not_in_channel not_reactable posting_to_channel_denied
    posting_to_general_channel_denied restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel
    slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked
    slack_connect_file_upload_sharing_blocked storage_limit_reached team_access_not_allowed thread_locked
    too_many_emoji too_many_members too_many_reactions user_is_bot user_is_restricted`,
  not_found: `channel_not_found file_not_found invalid_channel message_not_found messages_not_found
    thread_not_found user_not_found user_not_in_channel users_not_found`,
  closed: `cant_delete_message cant_update_message compliance_exports_prevent_deletion edit_window_closed
    message_not_owned_by_app`,
  too_long: `file_upload_size_restricted metadata_too_large msg_blocks_too_long msg_too_long snippet_too_large
    too_many_attachments too_many_contact_cards`,
  unsupported: "as_user_not_supported deprecated_endpoint method_deprecated unknown_method",
  invalid: "bad_timestamp cant_edit invalid_name invalid_thread_ts no_item_specified no_text",
  bad_request: "invalid_blocks a_word_of_tomorrow",
};
const passing: Record<Exclude<Verdict["kind"], "permanent">, string> = {
  throttled: "message_limit_exceeded rate_limited ratelimited",
  unable: "file_update_failed request_timeout service_unavailable team_added_to_org",
  broken: "fatal_error internal_error",
};
const wordsOf = (text: string): readonly string[] => text.split(/\s+/);

describe("every error code of Slack has its class", () => {
  it.each(
    Object.entries(permanent).flatMap(([reason, words]) => wordsOf(words).map((word) => [word, reason])),
  )("%s is for good: %s", (word, reason) => {
    expect(verdictOf(word)).toEqual({ kind: "permanent", reason });
  });

  it.each(Object.entries(passing).flatMap(([kind, words]) => wordsOf(words).map((word) => [word, kind])))(
    "%s passes: %s",
    (word, kind) => {
      expect(verdictOf(word)).toEqual({ kind });
    },
  );

  it("and the list above has every code for rejected credentials", () => {
    expect(authWords).toEqual(wordsOf(permanent.auth ?? ""));
  });
});

it("a code for a rejected token is one for rejected credentials", () => {
  expect([...refusedToken].toSorted()).toEqual(
    wordsOf(
      "account_inactive invalid_auth not_authed team_disabled token_expired token_revoked user_removed_from_team",
    ),
  );
  for (const word of refusedToken) expect(authWords).toContain(word);
});
