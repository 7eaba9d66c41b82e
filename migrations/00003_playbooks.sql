-- When the next step of an alert's playbook is overdue.

-- +goose Up
ALTER TABLE alerts ADD COLUMN task_at BIGINT NOT NULL DEFAULT 0;

-- What works: how the account stood when an outcome was claimed (planned 0), and as long after it as planned, in microseconds.
CREATE TABLE reviews (
    alert_id TEXT   NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    planned  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    status   TEXT   NOT NULL,
    health   TEXT   NOT NULL,
    score    DOUBLE PRECISION,
    arr      BIGINT,
    stage    TEXT   NOT NULL,
    PRIMARY KEY (alert_id, planned)
);

-- Statistics read when an alert was first acknowledged or released, and its ticks, without the rest of its history.
CREATE INDEX alert_history_acknowledged ON alert_history (alert_id, at) WHERE to_status = 'acknowledged';
CREATE INDEX alert_history_released ON alert_history (alert_id, at) WHERE what = 'released';
CREATE INDEX alert_history_ticked ON alert_history (alert_id, seq) WHERE what = 'ticked';
