// Package journey is the customer-experience map: accounts, their contacts and KPIs, and where each stands.
//
// It is pure. It does no I/O, reads no clock and knows neither Slack nor SQL; time, when needed, is an argument.
// Package alerts builds on it; storage, cards and handlers carry its values to and from the outside.
package journey
