package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/config/demo"
	"journeybot/handlers"
	"journeybot/storage"
)

// past writes down what happened before the demo began, as the rules would have decided then. Nothing of it is posted or sent.
type past struct {
	store *storage.Store // its clock is now
	rules *alerts.Rules
	users map[string]alerts.Actor // by the name that Slack calls them
	at    time.Time
}

// tellPast fills a new database with episodes that ended before now, and with what those customers did in the product.
func tellPast(ctx context.Context, url string, rules *alerts.Rules, users map[string]alerts.Actor, episodes []demo.Episode, usage []demo.Event) (err error) {
	p := &past{rules: rules, users: users}
	if p.store, err = storage.Open(ctx, storage.Config{URL: url, Now: func() time.Time { return p.at }}); err != nil {
		return err
	}
	defer func() {
		if closing := p.store.Close(); err == nil {
			err = closing
		}
	}()
	p.at = episodes[0].Signal.Time
	if _, err := p.store.Migrate(ctx); err != nil {
		return err
	}
	var before, after []demo.Event
	for _, e := range episodes {
		before, after = append(before, e.Account), append(after, e.Later...)
	}
	if err := p.hear(ctx, before); err != nil {
		return err
	}
	for _, e := range episodes {
		if err := p.tell(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", e.Signal.ID, err)
		}
	}
	if err := p.hear(ctx, after); err != nil || len(usage) == 0 {
		return err
	}
	p.at = usage[len(usage)-1].Time
	return p.hear(ctx, usage)
}

// hear takes in what is known of accounts.
func (p *past) hear(ctx context.Context, events []demo.Event) error {
	var decoded []alerts.Event
	for _, e := range events {
		event, err := p.event(e, p.at)
		if err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
		decoded = append(decoded, event)
	}
	for batch := range slices.Chunk(decoded, 100) {
		if _, err := p.store.Ingest(ctx, batch, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			for _, ev := range fresh {
				p.rules.Ingest(ws, ev, p.at)
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) event(e demo.Event, at time.Time) (alerts.Event, error) {
	ce, err := envelope(e)
	if err != nil {
		return alerts.Event{}, err
	}
	return handlers.DecodeEvent(ce, at, 0, p.rules.Zone)
}

// tell plays one episode and writes it down at its end. The event, and what it would do to the account, are left out: they are no
// news any more.
func (p *past) tell(ctx context.Context, e demo.Episode) error {
	signal, err := p.event(e.Signal, e.Signal.Time)
	if err != nil {
		return err
	}
	p.at = e.Signal.Time.Add(e.End)
	var refused error
	err = p.store.Reconsider(ctx, []string{signal.Account}, func(ws *alerts.WorkingSet) {
		then := alerts.NewWorkingSet(ws.NewID)
		for id, account := range ws.Accounts {
			known := *account
			known.FieldsAt = maps.Clone(account.FieldsAt)
			then.Accounts[id] = &known
		}
		p.rules.Ingest(then, signal, e.Signal.Time)
		results := then.Changes.Results
		if len(results) == 0 {
			return // the rules make no alert of it
		}
		for _, step := range p.steps(e, results[0].Alert) {
			result, err := p.rules.Apply(results[len(results)-1].Alert, step.in, step.at)
			if err != nil {
				refused = err
				return
			}
			results = append(results, result)
		}
		for _, result := range results {
			ws.Changes.Results = append(ws.Changes.Results, unheard(result))
		}
	})
	return errors.Join(err, refused)
}

// moment is what somebody did, and when.
type moment struct {
	at time.Time
	in alerts.Input
}

// steps are what people did about an alert, in order.
func (p *past) steps(e demo.Episode, a alerts.Alert) []moment {
	by := p.users[e.By]
	do := func(after time.Duration, in alerts.Input) moment {
		in.By, in.Origin = by, "demo"
		return moment{e.Signal.Time.Add(after), in}
	}
	var all []moment
	if e.Ack > 0 {
		all = append(all, do(e.Ack, alerts.Input{Do: alerts.DoAck}))
	}
	book, _ := p.rules.Playbook(a)
	pace := (e.End - e.Ack) / time.Duration(len(book.Steps)+1)
	for i, step := range book.Steps[:min(e.Steps, len(book.Steps))] {
		all = append(all, do(e.Ack+pace*time.Duration(i+1), alerts.Input{Do: alerts.DoTick, Step: step.ID, Done: true}))
	}
	end := alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Outcome(e.Outcome)}
	if e.ARR > 0 {
		cents := e.ARR * 100
		end.ARR = &cents
	}
	return append(all, do(e.End, end))
}

// unheard is a result that nobody is told of.
func unheard(r alerts.Result) alerts.Result {
	r.Places, r.Outbound = nil, nil
	return r
}
