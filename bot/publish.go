package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

const (
	countInterval = time.Minute // between refreshes of one card in which only a count changed
	maxAttempts   = 8           // of a call that Slack refuses for an unknown reason
)

// updateBudget is 50 updates a minute for the whole workspace, a few of them at once.
var updateBudget = storage.Budget{Name: "chat.update", Interval: 1200 * time.Millisecond, Burst: 5}

// step is what one message means for its lane.
type step struct {
	posted bool          // a call that counts against the channel's pace was made
	pause  time.Duration // the lane must rest for so long
}

// picture is a message drawn from the current state.
type picture struct {
	cards.Drawing
	version int64     // what it shows
	hash    string    // of what it shows, without a mention
	empty   bool      // there is nothing to show
	state   string    // see alerts.Message.DoneState
	drawn   bool      // in place of what stood there
	again   time.Time // it must be drawn again then
}

// show makes one message visible in its current state.
func (p *publisher) show(ctx context.Context, lane storage.Lane, m alerts.Message) (step, error) {
	if next := p.nextRefresh(m); next.After(p.cfg.Now()) {
		return step{}, fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, next, false, ""))
	}
	if until, err := p.waitsForMorning(ctx, m); err != nil {
		return step{}, err
	} else if !until.IsZero() {
		return step{}, fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, until, false, ""))
	}
	if m.Kind == alerts.HomeMessage {
		return p.publishHome(ctx, lane, m)
	}
	_, shaded := alerts.Shaded(m.Slot)
	m.Silent = shaded || m.Target == p.cfg.Rules.Quiet.Shadow.Channel
	if spared, err := p.spare(ctx, lane, m); err != nil || spared {
		return step{}, err
	}
	pic, err := p.draw(ctx, m)
	switch {
	case err != nil:
		return step{}, err
	case pic.empty, m.TS != "" && m.Kind.Redrawn() && pic.hash == m.DoneHash:
		p.cfg.Metrics.unchanged.Inc()
		return step{}, p.finish(ctx, lane, m, pic, m.Channel, m.TS)
	case m.TS != "" && m.Kind.Redrawn():
		return p.update(ctx, lane, m, pic)
	}
	return p.post(ctx, lane, m, pic)
}

// draw renders a message. The row was read before the state, so that the version never claims more than what is shown.
func (p *publisher) draw(ctx context.Context, m alerts.Message) (pic picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("draw: %v", r) // one alert that cannot be drawn must not stop the others
		}
	}()
	pic.version = m.WantVersion
	draw, ok := p.drawers()[m.Kind]
	if !ok {
		return pic, fmt.Errorf("draw: no such kind of message: %q", m.Kind)
	}
	if pic, err = draw(ctx, m, pic); err != nil || pic.empty {
		return pic, err
	}
	pic.Drawing = p.inShadow(ctx, m, pic.Drawing)
	return pic, nil
}

// drawer renders messages of one kind into pic, which holds the version that is wanted.
type drawer func(ctx context.Context, m alerts.Message, pic picture) (picture, error)

func (p *publisher) drawers() map[alerts.MessageKind]drawer {
	return map[alerts.MessageKind]drawer{
		alerts.CardMessage:     p.drawCard,
		alerts.ThreadMessage:   p.drawThread,
		alerts.PingMessage:     p.drawNotice,
		alerts.NoticeMessage:   p.drawNotice,
		alerts.DigestMessage:   p.drawDigest,
		alerts.SourceMessage:   p.drawSource,
		alerts.HandoverMessage: p.drawHandover,
		alerts.UnownedMessage:  p.drawUnowned,
		alerts.BundleMessage:   p.drawBundle,
	}
}

func (p *publisher) style() cards.Style {
	return cards.Style{Rules: p.cfg.Rules, Command: p.cfg.Command, Now: p.cfg.Now()}
}

// styleFor leaves out what outsiders must not read where they read along.
func (p *publisher) styleFor(ctx context.Context, to alerts.Target) cards.Style {
	s := p.style()
	s.Guarded = p.audience.outsiders(ctx, to)
	return s
}

func (p *publisher) drawCard(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	view, err := p.store.AlertView(ctx, m.Subject)
	if err != nil {
		return pic, fromStore("read alert", err)
	}
	given, err := p.giveOwner(ctx, view)
	if err == nil && given {
		view, err = p.store.AlertView(ctx, m.Subject)
	}
	if err != nil {
		return pic, fromStore("read alert", err)
	}
	style := p.styleFor(ctx, m.Target)
	pic.Drawing = cards.Alert(style, view, false)
	pic.hash, pic.state = pic.Hash(), string(view.Alert.Status)
	if m.TS != "" || m.Silent || !mentions(view.Alert, m.Target) {
		return pic, nil
	}
	mention, err := p.mayMention(ctx, m, view.Alert)
	if mention {
		pic.Drawing = cards.Alert(style, view, true)
	}
	return pic, err
}

// mentions reports whether the card in this place is the one that mentions the owner: of several, the first where the alert stands,
// or the one that came to the fallback channel instead.
func mentions(a alerts.Alert, target alerts.Target) bool {
	return len(a.Channels) == 0 || a.Channels[0] == string(target) || !slices.Contains(a.Channels, string(target))
}

func (p *publisher) drawThread(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	view, err := p.store.AlertView(ctx, m.Subject)
	if err != nil {
		return pic, fromStore("read alert", err)
	}
	d, ok := cards.Thread(p.styleFor(ctx, m.Target), view, m.DoneVersion)
	pic.Drawing, pic.empty = d, !ok
	if n := len(view.History); n > 0 {
		pic.version = max(pic.version, view.History[n-1].Seq)
	}
	return pic, nil
}

func (p *publisher) drawNotice(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var n alerts.Notice
	if err := json.Unmarshal(m.Body, &n); err != nil {
		return pic, fmt.Errorf("read notice: %w", err)
	}
	if m.Silent {
		n = p.unmentioned(ctx, n)
	}
	n.Mention = p.people.Mention(ctx, n.Mention)
	pic.Drawing = cards.Notice(p.style(), n)
	return pic, nil
}

// post makes a message that does not exist in Slack yet.
func (p *publisher) post(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture) (step, error) {
	parent, ready, err := p.parent(ctx, m)
	if err != nil {
		return step{}, err
	}
	if !ready {
		return step{}, fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, p.cfg.Now().Add(time.Minute), false, "its card is not posted"))
	}
	if p.gone(ctx, parent) {
		return step{}, p.bringBack(ctx, lane, m, parent)
	}
	channel, err := p.channels.resolve(ctx, m.Target)
	if err != nil {
		return p.refused(ctx, lane, m, pic, unsent(err))
	}
	start := p.cfg.Now()
	ts, err := p.send(ctx, lane, m, pic, channel.ID, parent.TS)
	if err != nil && judge(err).fate == fateUnreachable && start.Sub(channel.CheckedAt) > time.Minute {
		// the channel may have been made anew, or the bot removed from it
		if channel, err = p.channels.refresh(ctx, m.Target, channel.Broken); err != nil {
			return p.refused(ctx, lane, m, pic, unsent(err))
		}
		ts, err = p.send(ctx, lane, m, pic, channel.ID, parent.TS)
	}
	if err != nil {
		return p.refused(ctx, lane, m, pic, err)
	}
	p.sent(m, "posted", channel.ID, ts, start)
	if err := p.finish(ctx, lane, m, pic, channel.ID, ts); err != nil || channel.Broken == "" {
		return step{posted: true}, err
	}
	return step{posted: true}, p.mended(ctx, channel)
}

// parent is the message to reply to: the zero one for a message of its own. ready is false when it is not posted.
func (p *publisher) parent(ctx context.Context, m alerts.Message) (parent alerts.Message, ready bool, err error) {
	if m.ParentID == "" {
		return alerts.Message{}, true, nil
	}
	parent, err = p.store.Message(ctx, m.ParentID)
	if err != nil {
		return alerts.Message{}, false, fromStore("read card", err)
	}
	return parent, parent.TS != "", nil
}

// send posts and returns the ts. The row is marked first: when no answer is ever recorded, the post is uncertain.
func (p *publisher) send(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, channel, thread string) (string, error) {
	if err := p.store.StartPost(ctx, lane, m.ID); err != nil {
		return "", fromStore("start post", err)
	}
	options := []slack.MsgOption{
		slack.MsgOptionText(pic.Text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(metadata(m.ID, pic.version)),
	}
	if len(pic.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(pic.Blocks...))
	}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	_, ts, err := p.api.PostMessageContext(ctx, channel, options...)
	if err == nil && ts == "" {
		err = &callError{method: "chat.postMessage", reason: "answer without ts", sent: true}
	}
	return ts, err
}

// unsent is the error of a call before the post: whatever became of that call, nothing was posted.
func unsent(err error) error {
	if v := judge(err); !isStoreError(err) && v.fate == fateUnsure {
		return &callError{method: "before chat.postMessage", reason: v.code}
	}
	return err
}

const metadataType = "journeybot"

func metadata(id string, rev int64) slack.SlackMetadata {
	return slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"message_id": id, "rev": rev}}
}

// update redraws a message that stands in Slack.
func (p *publisher) update(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture) (step, error) {
	at, err := p.mayUpdate(ctx, m)
	if err != nil {
		return step{}, err
	}
	if !at.IsZero() {
		return step{}, fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, at, false, ""))
	}
	start := p.cfg.Now()
	_, _, _, err = p.api.UpdateMessageContext(ctx, m.Channel, m.TS,
		slack.MsgOptionText(pic.Text, false), slack.MsgOptionBlocks(pic.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if err == nil {
		p.sent(m, "updated", m.Channel, m.TS, start)
		pic.drawn = true
		return step{}, p.finish(ctx, lane, m, pic, m.Channel, m.TS)
	}
	switch v := judge(err); v.fate {
	case fateFrozen:
		if m.DoneState == pic.state && pic.state != "" {
			return step{}, p.frozen(ctx, lane, m, pic, v)
		}
		return p.repost(ctx, lane, m, pic, v)
	case fateGone:
		return p.repost(ctx, lane, m, pic, v)
	case fateLimited:
		until := p.cfg.Now().Add(v.after)
		if err := p.store.SetBudget(ctx, p.cfg.Updates, until); err != nil {
			return step{}, fromStore("set budget", err)
		}
		return step{}, p.putOff(ctx, lane, m, v, until)
	case fateUnsure, fateLater:
		v.fate = fateLater // drawing twice does no harm
		return step{}, p.putOff(ctx, lane, m, v, p.cfg.Now().Add(p.later(m)))
	}
	return p.refused(ctx, lane, m, pic, err)
}

// repost makes a message anew that Slack does not let be changed. What follows is told in the thread of the new one.
func (p *publisher) repost(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, v verdict) (step, error) {
	p.cfg.Metrics.reposted.Inc()
	p.cfg.Logger.Info("message cannot be updated, posting it afresh", "message_id", m.ID, "alert_id", m.Subject, "channel", m.Channel, "code", v.code)
	return p.post(ctx, lane, m, pic)
}

// frozen leaves a message that nobody may edit as it is, and says so once in its thread: posting it anew for every number that
// moves would be noise.
func (p *publisher) frozen(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, v verdict) error {
	p.cfg.Metrics.frozen.Inc()
	p.cfg.Logger.Warn("message cannot be edited any more", "message_id", m.ID, "alert_id", m.Subject, "channel", m.Channel, "code", v.code)
	text := "Slack does not let me edit the message above any more. It would say: " + shorten(pic.Text, 2000) +
		" With the next change of status I post it anew."
	body, err := json.Marshal(alerts.Notice{Text: text})
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	err = p.store.AddPlace(ctx, alerts.Place{
		Kind: alerts.PingMessage, Subject: m.Subject, Target: m.Target, Slot: "frozen " + m.TS + " " + pic.state, Under: m.ID,
		Priority: alerts.PriorityThread, Body: body,
	})
	if err != nil {
		return fromStore("tell in the thread", err)
	}
	return p.finish(ctx, lane, m, pic, m.Channel, m.TS)
}

// mayUpdate takes a call from the workspace's budget of updates. A non-zero time says when to ask again. A redraw after a
// click waits here for its turn, ahead of the others.
func (p *publisher) mayUpdate(ctx context.Context, m alerts.Message) (time.Time, error) {
	for p.cfg.Updates.Interval > 0 {
		ok, at, err := p.store.TakeBudget(ctx, p.cfg.Updates)
		switch {
		case err != nil:
			return time.Time{}, fromStore("take budget", err)
		case ok:
			return time.Time{}, nil
		case m.Priority > alerts.PriorityClick:
			return at.Add(p.cfg.Updates.Interval), nil
		case at.Sub(p.cfg.Now()) > 2*p.cfg.Updates.Interval:
			return at, nil
		}
		if !sleep(ctx, max(at.Sub(p.cfg.Now()), 5*time.Millisecond)) {
			return time.Time{}, ctx.Err()
		}
	}
	return time.Time{}, nil
}

// nextRefresh is when a message may be drawn again of which only a number changed; zero for anything more.
func (p *publisher) nextRefresh(m alerts.Message) time.Time {
	switch {
	case m.TS == "" || !m.Kind.Redrawn() || m.Priority < alerts.PriorityCount:
		return time.Time{}
	case m.Kind != alerts.BundleMessage:
		return m.DrawnAt.Add(countInterval)
	case m.DrawnAt.IsZero():
		return m.PostedAt.Add(p.cfg.Rules.Quiet.Storm.Every)
	}
	return m.DrawnAt.Add(p.cfg.Rules.Quiet.Storm.Every)
}

// refused handles every answer to a post other than yes, and those to an update that are about more than this call.
func (p *publisher) refused(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, err error) (step, error) {
	if isStoreError(err) {
		return step{}, err
	}
	v := judge(err)
	switch v.fate {
	case fateLimited:
		return p.rest(ctx, lane, m, v, v.after)
	case fateUnsure:
		return step{posted: true}, p.putOff(ctx, lane, m, v, p.cfg.Now().Add(settleAfter))
	case fateLater:
		return p.rest(ctx, lane, m, v, p.later(m))
	case fateDenied:
		p.access.deny(v)
		return p.rest(ctx, lane, m, v, p.later(m)) // and nothing is claimed before Slack takes the token
	case fateUnreachable:
		return p.unreachable(ctx, lane, m, v)
	case fateRefused:
		return step{}, p.undrawable(ctx, lane, m, pic, v)
	}
	if m.Attempts+1 < maxAttempts {
		return step{}, p.putOff(ctx, lane, m, v, p.cfg.Now().Add(p.later(m)))
	}
	return step{}, p.undrawable(ctx, lane, m, pic, v)
}

// rest puts a message off and its whole lane with it.
func (p *publisher) rest(ctx context.Context, lane storage.Lane, m alerts.Message, v verdict, pause time.Duration) (step, error) {
	return step{pause: pause}, p.putOff(ctx, lane, m, v, p.cfg.Now().Add(pause))
}

// putOff tries a message again later. A post that may have happened stays marked.
func (p *publisher) putOff(ctx context.Context, lane storage.Lane, m alerts.Message, v verdict, at time.Time) error {
	p.cfg.Logger.Warn("message put off", "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "channel", string(m.Target),
		"code", v.code, "detail", v.detail, "attempt", m.Attempts+1, "until", at)
	return fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, at, v.fate == fateUnsure, v.code))
}

func (p *publisher) later(m alerts.Message) time.Duration {
	return backoff(m.Attempts, time.Minute)
}

// finish records what is visible now, even when the work was told to stop meanwhile: the post has happened.
func (p *publisher) finish(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, channel, ts string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return fromStore("finish post", p.store.FinishPost(ctx, lane, storage.Sent{
		ID: m.ID, Channel: channel, TS: ts, Version: pic.version, Hash: pic.hash, State: pic.state, Drawn: pic.drawn, Again: pic.drawAgain(p.cfg.Now()),
	}))
}

// sent is the one line about a message that Slack took.
func (p *publisher) sent(m alerts.Message, did, channel, ts string, start time.Time) {
	now := p.cfg.Now()
	lag := now.Sub(m.DueAt)
	if m.DueAt.IsZero() || lag < 0 {
		lag = 0
	}
	p.cfg.Metrics.lag.WithLabelValues(string(m.Kind)).Observe(lag.Seconds())
	p.cfg.Logger.Info("message shown", "did", did, "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "channel", channel,
		"target", string(m.Target), "ts", ts, "version", m.WantVersion, "attempt", m.Attempts+1,
		"lag_ms", lag.Milliseconds(), "ms", now.Sub(start).Milliseconds())
}
