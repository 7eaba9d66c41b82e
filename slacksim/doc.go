// Package slacksim is a local Slack that tells the truth: one workspace, one app, any number of people.
//
// A [Server] listens on a loopback address and serves Slack's Web API under /api/, Socket Mode, response URLs and
// files. It refuses what Slack refuses, with Slack's own words, and delivers commands, clicks, views and events as Slack
// does: over Socket Mode, or as signed HTTP requests with retries. An app under test needs only [Server.APIURL] and the
// tokens.
//
// The other side of the glass is Go: the people who type, click and read ([Server.Send], [Server.Command],
// [Server.Press], [Server.Messages], …), and the test that watches and breaks things ([Server.Posts], [Server.Calls],
// [Server.Wait], [Server.Inject], …). Programs in other languages break things over HTTP, under /sim/.
//
// The package knows nothing of any app: it imports no project package and no Slack library. Every method of Server is
// safe for concurrent use.
package slacksim
