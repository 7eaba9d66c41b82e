-- Where accounts stand on their maps. Every statement is understood by Postgres and SQLite.

-- +goose Up
-- created_at is 0 for accounts from before it was noted. changed_on is the first day of the history that changed since the last
-- evaluation, journey_at when to look at the account again without news of it, maps_rev which maps it was evaluated by.
ALTER TABLE accounts ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN changed_on BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN journey_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN maps_rev TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_journey ON accounts (journey_at) WHERE journey_at > 0;

-- body is journey.Standing: what the next evaluation goes on from.
CREATE TABLE standings (
    account_id TEXT   NOT NULL PRIMARY KEY,
    map        TEXT   NOT NULL,
    revision   TEXT   NOT NULL,
    through    BIGINT NOT NULL,
    body       TEXT   NOT NULL
);

-- The milestones of standings, for reports. Days are yyyymmdd, 0 for not; took is -1 while unknown.
CREATE TABLE account_milestones (
    account_id TEXT   NOT NULL,
    map        TEXT   NOT NULL,
    milestone  TEXT   NOT NULL,
    reached_on BIGINT NOT NULL,
    since_on   BIGINT NOT NULL,
    lost_on    BIGINT NOT NULL,
    good_on    BIGINT NOT NULL,
    expect_on  BIGINT NOT NULL,
    dropped_on BIGINT NOT NULL,
    took       BIGINT NOT NULL,
    progress   TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, map, milestone)
);
CREATE INDEX account_milestones_map ON account_milestones (map, milestone, reached_on);

-- What replicas agree on: 'maps', the maps that count and since when; 'usage', up to which month counts are rolled up.
CREATE TABLE marks (
    name  TEXT   NOT NULL PRIMARY KEY,
    value TEXT   NOT NULL,
    at    BIGINT NOT NULL
);
