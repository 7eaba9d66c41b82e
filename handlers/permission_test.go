package handlers

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
)

// clubs are groups and channels with their members.
type clubs struct {
	members map[string][]string
	err     error
}

func (c clubs) InGroup(_ context.Context, handle, userID string) (bool, error) {
	members, ok := c.members[handle]
	if !ok && c.err == nil {
		return false, alerts.ErrNobody
	}
	return slices.Contains(members, userID), c.err
}

func (c clubs) InChannel(_ context.Context, channel alerts.Target, userID string) (bool, error) {
	return slices.Contains(c.members[string(channel)], userID), c.err
}

func TestWhoMayAct(t *testing.T) {
	t.Parallel()
	members := clubs{members: map[string][]string{"@cs-ops": {"U1"}, "#cs-alerts": {"U1", "UGUEST"}, "#sales": {"U7"}}}
	for name, c := range map[string]struct {
		permission alerts.Permission
		user       string
		foreign    bool // the payload says so
		clubs      clubs
		refused    string // "" for nothing
	}{
		"anyone":                        {alerts.Anyone, "U9", false, members, ""},
		"a guest, as anyone":            {alerts.Anyone, "UGUEST", false, members, ""},
		"another company":               {alerts.Anyone, "ALIEN", false, members, "another company"},
		"another company, not known":    {alerts.Anyone, "U9", true, members, "another company"},
		"of the group":                  {"group:@cs-ops", "U1", false, members, ""},
		"not of the group":              {"group:@cs-ops", "U9", false, members, "members of @cs-ops"},
		"no such group":                 {"group:@cs-oops", "U1", false, members, "no such user group"},
		"of the channel":                {alerts.ChannelMembers, "U1", false, members, ""},
		"a guest of the channel":        {alerts.ChannelMembers, "UGUEST", false, members, ""},
		"of another channel":            {alerts.ChannelMembers, "U7", false, members, "members of #cs-alerts"},
		"the owner, from anywhere":      {alerts.ChannelMembers, "U2", false, members, ""},
		"the group while Slack is away": {"group:@cs-ops", "U1", false, clubs{err: errors.New("timeout")}, "Please try again"},
		"a channel while Slack is away": {alerts.ChannelMembers, "U1", false, clubs{err: errors.New("timeout")}, "Please try again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alert := openAlert()
			alert.Channels = []string{"#cs-alerts"}
			setup := func() (*Slack, *oneAlert, *shownViews, *responses) {
				store, v, r := &oneAlert{alert: alert}, &shownViews{}, &responses{}
				s := newForms(store, v, r)
				s.cfg.Members, s.cfg.Rules.Permissions.Act = c.clubs, c.permission
				return s, store, v, r
			}
			team := func(in *slack.InteractionCallback) {
				in.User.ID, in.Team.ID, in.User.TeamID = c.user, "T1", "T1"
				if c.foreign {
					in.User.TeamID = "T2"
				}
			}

			s, store, _, r := setup()
			in := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, ResponseURL: "http://slack.test/r/1", TriggerID: "T1"}
			team(&in)
			in.ActionCallback.BlockActions = []*slack.BlockAction{{ActionID: cards.ActionAck, Value: "A"}}
			s.Click(in, func(*slack.WebhookMessage) error { return nil })
			s.Close(t.Context())
			require.Equal(t, c.refused == "", store.alert.Status == alerts.Acknowledged)
			if c.refused != "" {
				require.Contains(t, r.messages[0].Text, c.refused)
			}

			s, _, v, r := setup()
			in.ActionCallback.BlockActions = []*slack.BlockAction{{ActionID: cards.ActionMore, SelectedOption: chosen("A:assign")}}
			s.Click(in, func(*slack.WebhookMessage) error { return nil })
			s.Close(t.Context())
			require.Equal(t, c.refused == "", len(v.calls) == 1, "a form that would be refused does not open")
			require.Equal(t, c.refused == "", len(r.messages) == 0)

			s, store, _, _ = setup()
			form := slack.InteractionCallback{Type: slack.InteractionTypeViewSubmission}
			team(&form)
			form.View.ID, form.View.CallbackID, form.View.PrivateMetadata = "V1", cards.ActionAssign, aboutA
			form.View.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{"user": {"user": {SelectedUser: "U3"}}}}
			s.Submit(form, func(a *slack.ViewSubmissionResponse) error {
				require.Equal(t, c.refused == "", a == nil)
				if a != nil {
					require.Contains(t, said(t, a), c.refused)
				}
				return nil
			})
			s.Close(t.Context())
			require.Equal(t, c.refused == "", store.alert.Owner == "U3")
		})
	}
}

func TestCommandsAskWhoMay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user, text string
		refused    string
	}{
		"a note by an outsider of the group": {"U9", "note acme hello", "members of @cs-ops"},
		"a merge by one":                     {"U9", "merge a into b", "members of @cs-ops"},
		"a merge by a guest":                 {"UGUEST", "merge a into b", "Guests"},
		"a question by another company":      {"ALIEN", "acme", "another company"},
		"a question by anybody here":         {"U9", "alerts", ""},
		"a mute by one":                      {"U9", "mute acme 7d", "members of @cs-leads"},
		"an unmute by one":                   {"U9", "unmute acme", "members of @cs-leads"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newForms(&oneAlert{alert: openAlert()}, &shownViews{}, &responses{})
			s.cfg.Members = clubs{members: map[string][]string{"@cs-ops": {"U1"}, "@cs-leads": {"U1"}}}
			s.cfg.Rules.Permissions = alerts.Permissions{Act: "group:@cs-ops", Mute: "group:@cs-leads", Operate: "group:@cs-ops"}
			var answer *slack.WebhookMessage
			s.Command(slack.SlashCommand{Text: c.text, UserID: c.user}, func(m *slack.WebhookMessage) error {
				answer = m
				return nil
			})
			s.Close(t.Context())
			if c.refused == "" {
				require.NotContains(t, answer.Text, "may do this")
				return
			}
			require.Contains(t, answer.Text, c.refused)
		})
	}
}

func TestWhoMayMute(t *testing.T) {
	t.Parallel()
	for user, may := range map[string]bool{"U1": true, "U9": false} {
		alert := openAlert()
		alert.Channels = []string{"#cs-alerts"}
		v, r := &shownViews{}, &responses{}
		s := newForms(&oneAlert{alert: alert}, v, r)
		s.cfg.Members = clubs{members: map[string][]string{"#cs-alerts": {"U1"}}}
		s.cfg.Rules.Permissions = alerts.Permissions{Mute: alerts.ChannelMembers}
		in := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, ResponseURL: "http://slack.test/r/1", TriggerID: "T1"}
		in.User.ID = user
		in.ActionCallback.BlockActions = []*slack.BlockAction{{ActionID: cards.ActionMore, SelectedOption: chosen("A:mute")}}
		s.Click(in, func(*slack.WebhookMessage) error { return nil })
		s.Close(t.Context())
		require.Equal(t, may, len(v.calls) == 1, user)
		require.Equal(t, !may, len(r.messages) == 1, user)
		if !may {
			require.Contains(t, r.messages[0].Text, "members of #cs-alerts")
		}

		s = newForms(&oneAlert{alert: alert}, &shownViews{}, &responses{})
		s.cfg.Members = clubs{members: map[string][]string{"#cs-alerts": {"U1"}}}
		s.cfg.Rules.Permissions = alerts.Permissions{Mute: alerts.ChannelMembers}
		form := slack.InteractionCallback{Type: slack.InteractionTypeViewSubmission}
		form.User.ID, form.View.ID, form.View.CallbackID, form.View.PrivateMetadata = user, "V1", cards.CallbackMute, aboutA
		form.View.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{cards.MuteDays: {cards.MuteDays: {Value: "91"}}}}
		s.Submit(form, func(a *slack.ViewSubmissionResponse) error {
			if may {
				require.Contains(t, a.Errors[cards.MuteDays], "1 to 90")
			} else {
				require.Contains(t, said(t, a), "members of #cs-alerts", "a form that was open before is refused too")
			}
			return nil
		})
		s.Close(t.Context())
	}
}

func TestEveryButtonNeedsSomething(t *testing.T) {
	t.Parallel()
	all := actions()
	for _, id := range reading {
		_, isButton := all[id]
		_, isForm := submissions()[id]
		require.True(t, isButton || isForm, "%s is read by nobody", id)
	}
	needs := map[need][]string{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		needs[needOf(id)] = append(needs[needOf(id)], id)
	}
	require.Contains(t, needs[needAct], cards.ActionAck)
	require.Contains(t, needs[needAct], cards.ActionBundleAckAll)
	require.Contains(t, needs[needAct], cards.ActionClear)
	require.ElementsMatch(t, []string{cards.ActionUnmute, cards.ActionMuteAlert, cards.ActionMuteAccount}, needs[needMute])
	require.Equal(t, needMute, needOf(cards.CallbackMute))
	require.Contains(t, needs[needNothing], cards.ActionWhy)
}

func TestWhoHasNoAddressIsToldOnce(t *testing.T) {
	t.Parallel()
	store, r := &linkedNobody{oneAlert{alert: openAlert()}}, &responses{}
	s := newForms(store, &shownViews{}, r)
	in := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, ResponseURL: "http://slack.test/r/1"}
	in.User.ID = "NOBODYS"
	for _, id := range []string{cards.ActionAck, cards.ActionUnack} {
		in.ActionCallback.BlockActions = []*slack.BlockAction{{ActionID: id, Value: "A", ActionTs: id}}
		s.Click(in, func(*slack.WebhookMessage) error { return nil })
	}
	s.Close(t.Context())
	require.Len(t, r.messages, 1, "once a day")
	require.Contains(t, r.messages[0].Text, "/journey link")
	require.Equal(t, "NOBODYS", store.alert.Owner, "what they pressed counts")
}

// linkedNobody knows no linked address.
type linkedNobody struct{ oneAlert }

func (*linkedNobody) Addresses(context.Context, string) ([]string, error) { return nil, nil }
