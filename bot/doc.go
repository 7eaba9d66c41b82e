// Package bot is the running bot: Run connects the database, NATS and Slack, runs every loop and stops them in order.
//
// The publisher reconciles Slack with the messages table. A row says what should be visible where; the publisher draws the current
// state until done = want. One replica at a time works on a channel, a post is marked before it is sent, and a post whose answer
// was lost is looked for in the channel's history before it is made again. So a message appears once, through crashes too.
//
// The scheduler fires the timers of alerts, the relay publishes the outbox, the consumer of package handlers takes events in. They
// share nothing but the database; a change rings their bells so that nobody waits for the next look.
package bot
