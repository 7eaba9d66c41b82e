-- Success gaps and what is close. Every statement is understood by Postgres and SQLite.

-- +goose Up
-- near: 1 when one kind of action is all that is missing for the next milestone, 2 when a milestone is lost soon.
ALTER TABLE standings ADD COLUMN near BIGINT NOT NULL DEFAULT 0;
CREATE INDEX standings_near ON standings (near) WHERE near > 0;
CREATE INDEX standings_map ON standings (map, account_id);

-- The gap of each map that is worked on first. target is in percent of those who come to the milestone before; share is what it was
-- when it was pinned.
CREATE TABLE priority_gaps (
    map       TEXT             NOT NULL PRIMARY KEY,
    milestone TEXT             NOT NULL,
    segment   TEXT             NOT NULL,
    team      TEXT             NOT NULL,
    target    BIGINT           NOT NULL,
    share     DOUBLE PRECISION NOT NULL,
    since     BIGINT           NOT NULL,
    actor     TEXT             NOT NULL
);
