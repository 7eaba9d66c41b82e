-- What the whole life of an alert needs: why it is held, mutes, digests, sources, attention, delegates.

-- +goose Up
ALTER TABLE alerts ADD COLUMN hold TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN hold_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN hold_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
ALTER TABLE alerts ADD COLUMN shown_at BIGINT NOT NULL DEFAULT 0;
UPDATE alerts SET shown_at = opened_at;
CREATE INDEX alerts_held_by ON alerts (hold_by) WHERE hold_by <> '';
CREATE INDEX alerts_closed ON alerts (closed_at) WHERE closed_at > 0;

-- When Slack first showed a message and when it was last drawn; done_state is what cannot be edited into it, see alerts.Message.
ALTER TABLE messages ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN drawn_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN done_state TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_posted ON messages (lane, posted_at) WHERE kind = 'card' AND posted_at > 0;
CREATE INDEX alerts_opened ON alerts (opened_at);

-- flaps: that it comes and goes has been told.
ALTER TABLE conditions ADD COLUMN flaps BIGINT NOT NULL DEFAULT 0;

-- Why an event did what it did.
ALTER TABLE events ADD COLUMN note TEXT NOT NULL DEFAULT '{}';

ALTER TABLE accounts ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_merged ON accounts (merged_into) WHERE merged_into <> '';
CREATE INDEX accounts_owner ON accounts (lower(owner)) WHERE owner <> '';

-- stranger: of another company, through Slack Connect.
ALTER TABLE people ADD COLUMN stranger BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN bot BIGINT NOT NULL DEFAULT 0;
-- Away as the status in Slack says; status_until 0 names no end.
ALTER TABLE people ADD COLUMN status_away BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN status_until BIGINT NOT NULL DEFAULT 0;

-- Addresses that stand for a person beside the one in Slack, everywhere or for one account. email '' is a link of the person's
-- own; else a hand-over made the address stand for another.
CREATE TABLE links (
    folded     TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (folded, account_id)
);
CREATE INDEX links_user ON links (user_id);

-- kind '' mutes every kind; until is never 0. At ended_at what was held was let go.
CREATE TABLE mutes (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    until      BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    ended_at   BIGINT NOT NULL DEFAULT 0,
    ended_by   TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX mutes_account ON mutes (account_id, until);
CREATE INDEX mutes_running ON mutes (until) WHERE ended_at = 0;

-- usual_gap is learned, in microseconds.
CREATE TABLE sources (
    source     TEXT   NOT NULL PRIMARY KEY,
    last_at    BIGINT NOT NULL,
    usual_gap  BIGINT NOT NULL DEFAULT 0,
    seen       BIGINT NOT NULL DEFAULT 0,
    late_since BIGINT NOT NULL DEFAULT 0,
    rhythm     TEXT   NOT NULL DEFAULT '{}'
);

-- How often somebody was interrupted on a day (of the person's zone); and, per message, whether it did or was spared.
CREATE TABLE attention (
    user_id TEXT   NOT NULL,
    day     BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    PRIMARY KEY (user_id, day)
);
CREATE TABLE interruptions (
    message_id TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    day        BIGINT NOT NULL,
    account_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    taken      BIGINT NOT NULL
);
CREATE INDEX interruptions_day ON interruptions (user_id, day);

-- period names what a digest covers, such as 2026-11-24 or 2026-W48; body is what it said, for "since the last one".
CREATE TABLE digests (
    target     TEXT   NOT NULL,
    period     TEXT   NOT NULL,
    due_at     BIGINT NOT NULL,
    message_id TEXT   NOT NULL DEFAULT '',
    body       TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (target, period)
);

-- Which route took how many alerts, per day.
CREATE TABLE route_counts (
    route TEXT   NOT NULL,
    day   BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (route, day)
);
