package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

// fold bundles what waits in the lane when it is a storm; true when something was.
func (p *publisher) fold(ctx context.Context, lane storage.Lane) (bool, error) {
	storm, now := p.cfg.Rules.Quiet.Storm, p.cfg.Now()
	if storm.Threshold <= 0 {
		return false, nil
	}
	gust, err := p.store.Gust(ctx, lane, now.Add(-storm.Window), now.Add(-storm.Reset))
	if err != nil {
		return false, fromStore("read gust", err)
	}
	foldings := alerts.Fold(storm, gust, now)
	if len(foldings) == 0 {
		return false, nil
	}
	if channel, err := p.store.Channel(ctx, lane.Target()); err == nil && channel.Broken != "" {
		return false, nil // they go to the fallback channel, and are bundled there
	}
	for _, f := range foldings {
		if err := p.store.FoldCards(ctx, lane, f); err != nil {
			return false, fromStore("fold cards", err)
		}
		p.cfg.Metrics.bundled.Add(float64(len(f.Cards)))
		p.cfg.Logger.Info("alerts bundled", "channel", string(lane.Target()), "kind", string(f.Kind), "count", len(f.Cards), "new", f.Bundle == "")
	}
	return true, nil
}

// drawBundle draws a bundle. What its buttons mean is kept before anybody can press them.
func (p *publisher) drawBundle(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var known alerts.Bundle
	if err := json.Unmarshal(m.Body, &known); err != nil {
		return pic, fmt.Errorf("read bundle: %w", err)
	}
	if m.Priority != alerts.PriorityClick { // who clicked does not wait for a look-up
		p.findOwners(ctx, m.ID)
	}
	view, err := p.store.BundleView(ctx, m.ID, cards.BundleRows, 0)
	if err != nil {
		return pic, fromStore("read bundle", err)
	}
	storm, now, b := p.cfg.Rules.Quiet.Storm, p.cfg.Now(), known
	switch {
	case !b.Over.IsZero():
	case b.Runs(storm, now):
		pic.again = b.Last.Add(storm.Reset)
	default:
		b.Over = now
	}
	b, list := b.Show(idsOf(view.Rows))
	newcomers := slices.DeleteFunc(slices.Clone(view.Owners), func(id string) bool { return slices.Contains(known.Told, id) })
	b.Told = append(slices.Clone(known.Told), newcomers...)
	if changed(known, b) {
		if err := p.store.KeepBundle(ctx, m, b); err != nil {
			return pic, fromStore("keep bundle", err)
		}
	}
	view.Bundle = b
	style := p.styleFor(ctx, m.Target)
	pic.Drawing = cards.Bundle(style, view, list)
	pic.hash, pic.state = pic.Hash(), strconv.Itoa(list)+" "+strconv.FormatBool(b.Over.IsZero())
	if m.TS == "" {
		newcomers = b.Told // of an attempt before, too
	}
	hear, err := p.mayHear(ctx, m, view, newcomers)
	switch {
	case err != nil:
		return pic, err
	case m.TS == "":
		pic.Drawing = cards.Bundle(style, view, list, hear...)
		return pic, nil
	}
	return pic, p.tellNewcomers(ctx, m, hear)
}

func idsOf(views []alerts.View) []string {
	ids := make([]string, len(views))
	for i, v := range views {
		ids[i] = v.Alert.ID
	}
	return ids
}

// changed reports whether there is something about a bundle to write down.
func changed(before, after alerts.Bundle) bool {
	return before.Over != after.Over || len(before.Told) != len(after.Told) || latest(before) != latest(after)
}

func latest(b alerts.Bundle) int {
	if n := len(b.Revisions); n > 0 {
		return b.Revisions[n-1].Number
	}
	return 0
}

// tellNewcomers mentions, once each, who owns what came after the first post: nobody hears of an edited message.
func (p *publisher) tellNewcomers(ctx context.Context, m alerts.Message, ids []string) error {
	text := cards.AddedTo(ids)
	if text == "" {
		return nil
	}
	body, err := json.Marshal(alerts.Notice{Text: text})
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return fromStore("tell newcomers", p.store.AddPlace(ctx, alerts.Place{
		Kind: alerts.PingMessage, Subject: m.Subject, Target: m.Target, Slot: m.ID + " " + ids[0], Under: m.ID,
		Priority: alerts.PriorityThread, Body: body,
	}))
}

// findOwners looks up who owns what a bundle holds, before its first post mentions them; what takes longer is looked up later.
func (p *publisher) findOwners(ctx context.Context, bundle string) {
	ctx, cancel := context.WithTimeout(ctx, ownerTime)
	defer cancel()
	ids, err := p.store.BundledUnowned(ctx, bundle)
	for _, id := range ids {
		if err == nil {
			err = p.findOwner(ctx, id)
		}
	}
	if err != nil && ctx.Err() == nil {
		p.cfg.Logger.Warn("owners not looked up", "message_id", bundle, "err", err)
	}
}

// drawAgain is when a message must be drawn again though nothing changes.
func (pic picture) drawAgain(now time.Time) time.Time {
	if !pic.again.IsZero() && pic.again.Before(now) {
		return now
	}
	return pic.again
}
