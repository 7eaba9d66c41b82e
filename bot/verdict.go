package bot

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/slack-go/slack"
)

// fate says what a failed call means for what it wanted.
type fate int

const (
	fateUnknown     fate = iota // a code that is not in the table: tried again a few times
	fateLater                   // did not happen and may work later
	fateUnsure                  // may have happened
	fateLimited                 // not before verdict.after
	fateRefused                 // this message will never be taken as it is
	fateUnreachable             // nothing can be posted to the channel
	fateGone                    // the message to update is no longer there
	fateFrozen                  // the message to update is there, and nobody may change it any more
	fateDenied                  // Slack does not take the token: an operator must act
)

// fates are Slack's error codes and what they mean.
var fates = table(map[fate][]string{
	fateUnsure: {"internal_error", "fatal_error", "request_timeout", "service_unavailable"},
	fateLater:  {"team_added_to_org", "message_limit_exceeded"},
	fateRefused: {
		"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_arguments", "invalid_form_data", "invalid_metadata_format",
		"invalid_metadata_schema", "metadata_too_large", "metadata_must_be_sent_from_app", "msg_too_long", "msg_blocks_too_long", "no_text",
		"too_many_attachments", "markdown_text_conflict", "cannot_reply_to_message", "block_mismatch", "duplicate_message_not_found",
	},
	fateUnreachable: {
		"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_only_channel", "restricted_action_non_threadable_channel", "restricted_action_thread_locked", "no_permission",
		"ekm_access_denied", "team_access_not_granted", "method_not_supported_for_channel_type", "as_user_not_supported",
		"user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "is_inactive", "messages_tab_disabled", "channel_is_archived",
		"invalid_users", "not_implemented", "slack_connect_file_link_sharing_blocked",
	},
	fateGone:   {"message_not_found"},
	fateFrozen: {"cant_update_message", "edit_window_closed"},
	fateDenied: {
		"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope",
		"org_login_required", "access_denied", "accesslimited", "two_factor_setup_required", "enterprise_is_restricted",
	},
})

func table(codes map[fate][]string) map[string]fate {
	byCode := map[string]fate{}
	for f, list := range codes {
		for _, code := range list {
			byCode[code] = f
		}
	}
	return byCode
}

// verdict is what a failed call means.
type verdict struct {
	fate   fate
	code   string        // Slack's error code, or a few words; carries no secret
	after  time.Duration // for fateLimited
	detail []string      // what Slack says beside the code
}

// judge reads the error of a call to Slack.
func judge(err error) verdict {
	var (
		limited *slack.RateLimitedError
		refused slack.SlackErrorResponse
		status  slack.StatusCodeError
		call    *callError
		shape   *json.SyntaxError
	)
	switch {
	case errors.As(err, &limited):
		return verdict{fate: fateLimited, code: "ratelimited", after: limited.RetryAfter}
	case errors.As(err, &refused):
		v := verdict{fate: fates[refused.Err], code: refused.Err, detail: slices.Clone(refused.ResponseMetadata.Messages)}
		if refused.Needed != "" {
			v.detail = append(v.detail, "needs the scope "+refused.Needed)
		}
		return v
	case errors.As(err, &status):
		return verdict{fate: fateUnsure, code: http.StatusText(status.Code)}
	case errors.As(err, &call) && !call.sent:
		return verdict{fate: fateLater, code: call.reason}
	case errors.As(err, &call):
		return verdict{fate: fateUnsure, code: call.reason}
	case errors.As(err, &shape):
		return verdict{fate: fateUnsure, code: "unreadable answer"}
	}
	return verdict{fate: fateUnsure, code: "unreadable answer"}
}

// known keeps a label bounded: codes of the table stay, anything else is "other".
func (v verdict) known() string {
	if _, ok := fates[v.code]; ok {
		return v.code
	}
	return "other"
}

// storeError keeps the database's errors apart from Slack's.
type storeError struct {
	what  string
	cause error
}

// Error says what was being done.
func (e *storeError) Error() string { return e.what + ": " + e.cause.Error() }

// Unwrap returns the database's error.
func (e *storeError) Unwrap() error { return e.cause }

func fromStore(what string, err error) error {
	if err == nil {
		return nil
	}
	return &storeError{what, err}
}

func isStoreError(err error) bool {
	var e *storeError
	return errors.As(err, &e)
}
