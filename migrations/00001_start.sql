-- One schema for Postgres and SQLite. Ids are text; times are Unix microseconds UTC, 0 for none; days are yyyymmdd;
-- flags 0 or 1; money cents; JSON is text. Text and times are never NULL; a number is NULL while it is unknown.

-- +goose Up
CREATE TABLE events (
    source      TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    type        TEXT   NOT NULL,
    account_id  TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    result      TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX events_account ON events (account_id, at);

CREATE TABLE dead_letters (
    id          TEXT   NOT NULL PRIMARY KEY,
    source      TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    headers     TEXT   NOT NULL,
    body        BYTEA  NOT NULL,
    reason      TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    replayed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX dead_letters_received ON dead_letters (received_at);

CREATE TABLE accounts (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL DEFAULT '',
    segment      TEXT   NOT NULL DEFAULT '',
    region       TEXT   NOT NULL DEFAULT '',
    tier         TEXT   NOT NULL DEFAULT '',
    plan         TEXT   NOT NULL DEFAULT '',
    status       TEXT   NOT NULL DEFAULT '',
    arr          BIGINT,
    seats        BIGINT,
    renewal_date BIGINT NOT NULL DEFAULT 0,
    owner        TEXT   NOT NULL DEFAULT '',
    sales_owner  TEXT   NOT NULL DEFAULT '',
    health       TEXT   NOT NULL DEFAULT '',
    score        DOUBLE PRECISION,
    health_at    BIGINT NOT NULL DEFAULT 0,
    touched_at   BIGINT NOT NULL DEFAULT 0,
    attrs        TEXT   NOT NULL DEFAULT '{}',
    fields_at    TEXT   NOT NULL DEFAULT '{}',
    map          TEXT   NOT NULL DEFAULT '',
    stage        TEXT   NOT NULL DEFAULT '',
    stage_at     BIGINT NOT NULL DEFAULT 0,
    dirty_at     BIGINT NOT NULL DEFAULT 0,
    due_at       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX accounts_arr ON accounts (arr) WHERE arr > 0;
CREATE INDEX accounts_dirty ON accounts (dirty_at) WHERE dirty_at > 0;
CREATE INDEX accounts_due ON accounts (due_at) WHERE due_at > 0;

-- Every way to name an account, folded.
CREATE TABLE account_keys (
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (key, kind, account_id)
);
CREATE INDEX account_keys_account ON account_keys (account_id);

CREATE TABLE contacts (
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    contact    TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    persona    TEXT   NOT NULL,
    left_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, contact)
);

CREATE TABLE conditions (
    key        TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    level      BIGINT NOT NULL,
    period     TEXT   NOT NULL,
    told       BIGINT NOT NULL,
    changes    TEXT   NOT NULL
);
CREATE INDEX conditions_account ON conditions (account_id);

CREATE TABLE alerts (
    id           TEXT   NOT NULL PRIMARY KEY,
    short_id     TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    account_id   TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    about        TEXT   NOT NULL,
    polarity     TEXT   NOT NULL,
    severity     BIGINT NOT NULL,
    status       TEXT   NOT NULL,
    owner        TEXT   NOT NULL,
    owner_ref    TEXT   NOT NULL,
    acked_by     TEXT   NOT NULL,
    acked_at     BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL,
    signal_at    BIGINT NOT NULL,
    count        BIGINT NOT NULL,
    route        TEXT   NOT NULL,
    channels     TEXT   NOT NULL,
    playbook     TEXT   NOT NULL,
    escalation   TEXT   NOT NULL,
    step         BIGINT NOT NULL,
    config       TEXT   NOT NULL,
    facts        TEXT   NOT NULL,
    event_ids    TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    outcome_arr  BIGINT,
    closed_at    BIGINT NOT NULL,
    snoozed_from TEXT   NOT NULL,
    wake_at      BIGINT NOT NULL,
    step_at      BIGINT NOT NULL,
    remind_at    BIGINT NOT NULL,
    unack_at     BIGINT NOT NULL,
    expire_at    BIGINT NOT NULL,
    review_at    BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    entries      BIGINT NOT NULL
);
CREATE UNIQUE INDEX alerts_live_key ON alerts (key) WHERE status IN ('open', 'acknowledged', 'snoozed');
CREATE INDEX alerts_live ON alerts (account_id) WHERE status IN ('open', 'acknowledged', 'snoozed');
CREATE INDEX alerts_live_owner ON alerts (owner) WHERE status IN ('open', 'acknowledged', 'snoozed');
CREATE INDEX alerts_account ON alerts (account_id, opened_at);
CREATE INDEX alerts_due ON alerts (due_at) WHERE due_at > 0;
CREATE INDEX alerts_short_id ON alerts (short_id);

CREATE TABLE alert_history (
    alert_id    TEXT   NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    actor_name  TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    what        TEXT   NOT NULL,
    from_status TEXT   NOT NULL,
    to_status   TEXT   NOT NULL,
    data        TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    PRIMARY KEY (alert_id, seq)
);
CREATE UNIQUE INDEX alert_history_request ON alert_history (alert_id, request_id) WHERE request_id <> '';

CREATE TABLE steps (
    alert_id TEXT   NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    playbook TEXT   NOT NULL,
    step     TEXT   NOT NULL,
    done_by  TEXT   NOT NULL,
    done_at  BIGINT NOT NULL,
    due_at   BIGINT NOT NULL,
    PRIMARY KEY (alert_id, playbook, step)
);

-- error says why the last try did not work; the row is given up only when failed_at is set.
CREATE TABLE messages (
    id           TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    target       TEXT   NOT NULL,
    slot         TEXT   NOT NULL,
    channel      TEXT   NOT NULL DEFAULT '',
    ts           TEXT   NOT NULL DEFAULT '',
    parent_id    TEXT   NOT NULL DEFAULT '',
    via_id       TEXT   NOT NULL DEFAULT '',
    lane         TEXT   NOT NULL,
    priority     BIGINT NOT NULL,
    want_version BIGINT NOT NULL,
    done_version BIGINT NOT NULL DEFAULT 0,
    done_hash    TEXT   NOT NULL DEFAULT '',
    hold         TEXT   NOT NULL DEFAULT '',
    due_at       BIGINT NOT NULL,
    tried_at     BIGINT NOT NULL DEFAULT 0,
    attempts     BIGINT NOT NULL DEFAULT 0,
    failed_at    BIGINT NOT NULL DEFAULT 0,
    error        TEXT   NOT NULL DEFAULT '',
    body         TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX messages_place ON messages (kind, subject, target, slot);
CREATE INDEX messages_subject ON messages (subject, kind);
CREATE INDEX messages_via ON messages (via_id) WHERE via_id <> '';
CREATE INDEX messages_wanted ON messages (lane, priority, due_at) WHERE done_version < want_version AND hold = '' AND failed_at = 0;
CREATE INDEX messages_urgent ON messages (priority, due_at, id) WHERE done_version < want_version AND hold = '' AND failed_at = 0;
CREATE INDEX messages_uncertain ON messages (lane) WHERE tried_at > 0;
CREATE INDEX messages_failed ON messages (target) WHERE failed_at > 0;

CREATE TABLE lanes (
    name        TEXT   NOT NULL PRIMARY KEY,
    next_at     BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT   NOT NULL DEFAULT '',
    last_ts     TEXT   NOT NULL DEFAULT ''
);
INSERT INTO lanes (name) VALUES ('outbox');

CREATE TABLE channels (
    id         TEXT   NOT NULL PRIMARY KEY,
    channel    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    member     BIGINT NOT NULL,
    external   BIGINT NOT NULL,
    broken     TEXT   NOT NULL,
    checked_at BIGINT NOT NULL
);

CREATE TABLE people (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    email      TEXT   NOT NULL,
    folded     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    tz         TEXT   NOT NULL,
    guest      BIGINT NOT NULL,
    deleted    BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    away_until BIGINT NOT NULL DEFAULT 0,
    delegate   TEXT   NOT NULL DEFAULT '',
    prefs      TEXT   NOT NULL DEFAULT '{}'
);
CREATE INDEX people_email ON people (folded) WHERE folded <> '';

CREATE TABLE rotations (
    name      TEXT NOT NULL PRIMARY KEY,
    last_user TEXT NOT NULL
);

CREATE TABLE revisions (
    config    TEXT   NOT NULL PRIMARY KEY,
    loaded_at BIGINT NOT NULL,
    text      TEXT   NOT NULL
);

CREATE TABLE notes (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    permalink  TEXT   NOT NULL
);
CREATE INDEX notes_account ON notes (account_id, at);

-- queued_at never goes back within a subject, so that (queued_at, sequence) is the order in which events leave.
CREATE TABLE outbox (
    id        TEXT   NOT NULL PRIMARY KEY,
    type      TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    sequence  BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    body      TEXT   NOT NULL,
    queued_at BIGINT NOT NULL,
    sent_at   BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX outbox_sequence ON outbox (subject, sequence);
CREATE INDEX outbox_waiting ON outbox (queued_at, sequence) WHERE sent_at = 0;

CREATE TABLE kpis (
    account_id TEXT             NOT NULL,
    name       TEXT             NOT NULL,
    at         BIGINT           NOT NULL,
    value      DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account_id, name, at)
);

CREATE TABLE usage_day (
    account_id TEXT   NOT NULL,
    event      TEXT   NOT NULL,
    day        BIGINT NOT NULL,
    persona    TEXT   NOT NULL,
    count      BIGINT NOT NULL,
    users      BIGINT NOT NULL DEFAULT 0,
    sketch     BYTEA,
    PRIMARY KEY (account_id, event, day, persona)
);

CREATE TABLE stage_history (
    account_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    map        TEXT   NOT NULL,
    milestone  TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    event_id   TEXT   NOT NULL,
    PRIMARY KEY (account_id, at, map)
);
