package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// Members knows who belongs where in Slack.
type Members interface {
	// InGroup reports whether somebody is in the user group with that handle, such as "@cs-ops"; alerts.ErrNobody when there is no such group.
	InGroup(ctx context.Context, handle, userID string) (bool, error)
	// InChannel reports whether somebody is a member of a channel.
	InChannel(ctx context.Context, channel alerts.Target, userID string) (bool, error)
}

// need is what a button, form or command asks of whoever uses it. Nobody of another company may use any.
type need int

const (
	needNothing need = iota
	needAct
	needMute
	needOperate
)

// reading are the buttons that change nothing for others. Every other button needs more: what is forgotten here is safe.
var reading = []string{
	cards.ActionAccount, cards.ActionAlert, cards.ActionPage, cards.ActionShare, cards.ActionRun, cards.ActionOpenURL,
	cards.ActionView, cards.ActionWhy, cards.ActionTimeline, cards.ActionAccounts, cards.ActionSettings, cards.ActionHomePage,
	cards.ActionBundleAll, cards.ActionBundlePage, cards.CallbackSettings, cards.ActionPlayBook, cards.ActionDraftOut,
	cards.ActionNext,
}

// needOf is the need of an action_id or callback_id.
func needOf(id string) need {
	switch {
	case slices.Contains(reading, id):
		return needNothing
	case strings.HasPrefix(id, "gap."):
		return needOperate
	case strings.HasPrefix(id, "mute."), id == cards.ActionMuteAlert, id == cards.ActionMuteAccount:
		return needMute
	}
	return needAct
}

// forbidden refuses somebody something, in words that name who may. It is mrkdwn of our own.
type forbidden struct{ why string }

func (f *forbidden) Error() string { return "not permitted" }

// where is what somebody wants to change: an alert, or what stands in a channel. Both may be "".
type where struct{ alert, channel string }

// may returns nil, or a forbidden when the growth file gives the right to others.
func (s *Slack) may(ctx context.Context, by alerts.Person, n need, at where) error {
	if by.Stranger {
		return &forbidden{"These alerts are handled by the people of this workspace, and you are here from another company, so I can't take that from you. " +
			"Write it in the thread: somebody here will act on it."}
	}
	p := map[need]alerts.Permission{
		needAct: s.cfg.Rules.Permissions.Act, needMute: s.cfg.Rules.Permissions.Mute, needOperate: s.cfg.Rules.Permissions.Operate,
	}[n]
	if handle, ok := p.Group(); ok {
		return s.inGroup(ctx, by, handle)
	}
	if p == alerts.ChannelMembers {
		return s.inChannel(ctx, by, at)
	}
	return nil
}

func (s *Slack) inGroup(ctx context.Context, by alerts.Person, handle string) error {
	in, err := s.cfg.Members.InGroup(ctx, handle, by.UserID)
	switch {
	case errors.Is(err, alerts.ErrNobody):
		return &forbidden{"Only " + handle + " may do this, and Slack knows no such user group. Please tell whoever runs me: it stands under `permissions` in the growth file."}
	case err != nil:
		return s.unchecked(by, err)
	case !in:
		return &forbidden{"Only the members of " + handle + " may do this. Please ask one of them."}
	}
	return nil
}

// inChannel lets the owner of an alert through too, who may have come by direct message.
func (s *Slack) inChannel(ctx context.Context, by alerts.Person, at where) error {
	channels, owner, err := s.standsIn(ctx, at)
	if err != nil {
		return err
	}
	if owner == by.UserID {
		return nil
	}
	var unsure error
	for _, channel := range channels {
		in, err := s.cfg.Members.InChannel(ctx, channel, by.UserID)
		if in {
			return nil
		}
		unsure = errors.Join(unsure, err)
	}
	if unsure != nil {
		return s.unchecked(by, unsure)
	}
	return &forbidden{"Only the members of " + anyOf(channels) + " may do this. Join the channel first, or ask somebody there."}
}

// standsIn are the channels whose members may change something, and whose it is.
func (s *Slack) standsIn(ctx context.Context, at where) (channels []alerts.Target, owner string, err error) {
	view, err := s.store.AlertView(ctx, at.alert)
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return nil, "", err
	}
	for _, c := range view.Alert.Channels {
		channels = append(channels, alerts.Target(c))
	}
	if err != nil && strings.HasPrefix(at.channel, "C") {
		channels = append(channels, alerts.Target(at.channel))
	}
	if len(channels) == 0 {
		for _, c := range s.cfg.Rules.Channels {
			channels = append(channels, c.Slack)
		}
		slices.Sort(channels)
	}
	return channels, view.Alert.Owner, nil
}

func anyOf(channels []alerts.Target) string {
	channels = channels[:min(len(channels), 5)]
	names := make([]string, 0, len(channels))
	for _, c := range channels {
		name := string(c)
		if !strings.HasPrefix(name, "#") {
			name = "<#" + name + ">"
		}
		names = append(names, name)
	}
	return strings.Join(names, " or ")
}

// unchecked refuses what cannot be checked now: whoever may do it can try again.
func (s *Slack) unchecked(by alerts.Person, err error) error {
	s.cfg.Logger.Warn("permission not checked", "user", by.UserID, "err", err)
	return &forbidden{"Slack did not tell me whether you may do this. Please try again in a minute."}
}

// presser is who used a button, form or shortcut. The payload tells of another company sooner than the directory.
func (s *Slack) presser(ctx context.Context, in slack.InteractionCallback) alerts.Person {
	p := s.people.Person(ctx, in.User.ID)
	if p.Name == "" {
		p.Name = in.User.Name
	}
	if foreign(in) {
		p.Stranger, p.Guest = true, true
	}
	return p
}

// foreign reports whether somebody's home is another workspace. Within one organization that says nothing.
func foreign(in slack.InteractionCallback) bool {
	return in.User.TeamID != "" && in.Team.ID != "" && in.User.TeamID != in.Team.ID && in.Enterprise.ID == ""
}

// mayOperate returns nil when somebody may change who owns what for others.
func (s *Slack) mayOperate(ctx context.Context, by alerts.Person) error {
	if by.Guest {
		return &forbidden{"Guests and people of other companies cannot do that. Ask somebody who works here."}
	}
	return s.may(ctx, by, needOperate, where{})
}
