// Package handlers is everything that comes in: events from NATS, and commands and clicks from Slack.
//
// Each is decoded, handed to one call of the store with the rules of package alerts, and answered. Events are acknowledged after
// their commit, so that none is lost, and a wrong one is set aside with a reason. People are answered within Slack's three
// seconds, on the acknowledgement or later through response_url; what they pressed twice counts once.
//
// Package bot wires it to the connections and runs it; package cards draws what people read.
package handlers
