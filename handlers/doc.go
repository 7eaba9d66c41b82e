// Package handlers takes what comes in: events from NATS and over HTTP (events*.go), slash commands and clicks from Slack.
//
// It decodes, asks the rules of package alerts through a store, and answers; what should be visible in Slack afterwards is the
// publisher's work. A Slack request is answered in time even while the database is away, and an event is acknowledged after its commit.
package handlers
