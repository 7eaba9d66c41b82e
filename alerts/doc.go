// Package alerts holds the rules: which signal becomes an alert, how an alert lives, who is told.
//
// It is pure: no I/O, no clock, no Slack. Events, button clicks, timers and replicas all change an alert through
// Rules.Apply, whose transitions are a table, and storage writes what it returns in one transaction. Because of that
// "first click wins" and "an acknowledgement stops the escalation" hold whoever comes first.
//
// Events in: Rules.Ingest runs one decoded Event against a WorkingSet that storage loaded under lock (or that a
// test, `route` or `backtest` made in memory) and records every change there.
package alerts
