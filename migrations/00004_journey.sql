-- Where accounts stand on their maps. Every statement is understood by Postgres and SQLite.

-- +goose Up
-- created_at is 0 for accounts from before it was noted. journey_at is when to look at an account again without news of it;
-- maps_rev the maps that it was last evaluated by.
ALTER TABLE accounts ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN journey_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN maps_rev TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_journey ON accounts (journey_at) WHERE journey_at > 0;

-- What replicas agree on: 'maps', the maps that count and since when; 'usage', up to which month counts are rolled up.
CREATE TABLE marks (
    name  TEXT   NOT NULL PRIMARY KEY,
    value TEXT   NOT NULL,
    at    BIGINT NOT NULL
);
