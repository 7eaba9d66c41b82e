-- What playbooks need: when the next step of an alert's playbook is overdue, and which alerts had which playbook.

-- +goose Up
ALTER TABLE alerts ADD COLUMN task_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX steps_playbook ON steps (playbook, done_at);
