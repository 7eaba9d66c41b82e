package handlers

import (
	"context"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// HomeStore keeps what people choose for themselves, and whose Home tab is wanted.
type HomeStore interface {
	WantHome(ctx context.Context, userID string, offset int, empty bool) error
	Accounts(ctx context.Context, email string, offset, limit int) (page []journey.Account, total int, err error)
	Preferences(ctx context.Context, userID string) (alerts.Preferences, error)
	SetPreferences(ctx context.Context, userID string, p alerts.Preferences) error
	MutedAccount(ctx context.Context, id string) (account string, err error)
	Reconsider(ctx context.Context, accounts []string, apply func(ws *alerts.WorkingSet)) error
}

// homeActions stand on the Home tab.
func homeActions() map[string]action {
	return map[string]action{
		cards.ActionHomePage: (*Slack).homePage,
		cards.ActionSettings: (*Slack).openSettings,
		cards.ActionAccounts: (*Slack).myAccounts,
		cards.ActionUnmute:   (*Slack).unmute,
	}
}

func homeEvents() map[string]slackEvent {
	return map[string]slackEvent{string(slackevents.AppHomeOpened): (*Slack).homeOpened}
}

func homeSubmissions() map[string]submission {
	return map[string]submission{cards.CallbackSettings: (*Slack).saveSettings}
}

func (s *Slack) homeOpened(ctx context.Context, data any) error {
	e, ok := data.(*slackevents.AppHomeOpenedEvent)
	if !ok || e.Tab != "home" {
		return nil
	}
	s.people.Person(ctx, e.User) // so that their address and zone are known
	return s.wantHome(ctx, e.User, 0, e.View == nil || e.View.ID == "")
}

func (s *Slack) wantHome(ctx context.Context, user string, offset int, empty bool) error {
	if err := s.store.WantHome(ctx, user, offset, empty); err != nil {
		return err
	}
	s.cfg.Nudge()
	return nil
}

// viewPressed has the presser's Home tab drawn again after a press there, or in a modal above it.
func (s *Slack) viewPressed(ctx context.Context, in slack.InteractionCallback, action string) {
	if in.View.ID == "" || action == cards.ActionHomePage {
		return
	}
	if err := s.wantHome(ctx, in.User.ID, -1, false); err != nil {
		s.cfg.Logger.Warn("home not wanted", "user", in.User.ID, "err", err) // it follows soon all the same
	}
}

func (s *Slack) homePage(ctx context.Context, c click) (reply, error) {
	offset, _ := strconv.Atoi(c.subject)
	return reply{}, s.wantHome(ctx, c.user.UserID, offset, false)
}

// myAccounts shows a page of the presser's accounts: the value is the offset.
func (s *Slack) myAccounts(ctx context.Context, c click) (reply, error) {
	offset, _ := strconv.Atoi(c.subject)
	page, total, err := s.store.Accounts(ctx, c.user.Email, offset, cards.AccountRows)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Accounts(s.style(), page, offset, total), replace: c.private}, nil
}

func (s *Slack) openSettings(ctx context.Context, c click) (reply, error) {
	chosen, err := s.store.Preferences(ctx, c.user.UserID)
	if err != nil {
		return reply{}, err
	}
	if _, err := s.cfg.API.OpenViewContext(ctx, c.trigger, cards.Settings(s.style(), chosen)); err != nil {
		s.cfg.Logger.Warn("settings not opened", "user", c.user.UserID, "err", err)
		return reply{drawing: cards.Say("Slack did not open your settings. Please press again.")}, nil
	}
	return reply{}, nil
}

func (s *Slack) saveSettings(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	chosen, problems := settingsIn(view, by, s.cfg.Rules.Digests, s.cfg.Now())
	if chosen.Delegate != "" && problems[cards.SettingDelegate] == "" {
		if p := s.people.Person(ctx, chosen.Delegate); p.Deleted || p.Guest {
			problems[cards.SettingDelegate] = "Guests and people who left cannot stand in for you."
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	if err := s.store.SetPreferences(ctx, by.UserID, chosen); err != nil {
		return nil, err
	}
	s.cfg.Logger.Info("settings saved", "user", by.UserID)
	return nil, s.wantHome(ctx, by.UserID, -1, false)
}

// settingsIn reads the settings modal, and what is wrong with it by block. A digest time like the workspace's follows that.
func settingsIn(view slack.View, by alerts.Person, digests alerts.DigestRules, now time.Time) (alerts.Preferences, map[string]string) {
	problems := map[string]string{}
	values := map[string]map[string]slack.BlockAction{}
	if view.State != nil {
		values = view.State.Values
	}
	in := func(setting string) slack.BlockAction { return values[setting][setting] }
	clock := func(setting string) (time.Duration, bool) {
		at, err := time.Parse("15:04", in(setting).SelectedTime)
		return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err == nil
	}
	p := alerts.Preferences{Delegate: in(cards.SettingDelegate).SelectedUser, NoDigest: digests.Owners && len(in(cards.SettingDigest).SelectedOptions) == 0}
	if at, set := clock(cards.SettingDigestAt); set && at != digests.At {
		p.DigestAt = &at
	}
	from, begins := clock(cards.SettingQuietFrom)
	to, ends := clock(cards.SettingQuietTo)
	switch {
	case begins != ends && begins:
		problems[cards.SettingQuietTo] = "Choose when the quiet ends too, or leave both empty."
	case begins != ends:
		problems[cards.SettingQuietFrom] = "Choose when the quiet begins too, or leave both empty."
	case begins && from == to:
		problems[cards.SettingQuietTo] = "Choose another time than the one it begins at."
	default:
		p.QuietFrom, p.QuietTo = from, to
	}
	if p.Delegate == by.UserID {
		problems[cards.SettingDelegate] = "Choose somebody else than yourself."
	}
	if at := in(cards.SettingAway).SelectedDateTime; at > 0 {
		if p.AwayUntil = time.Unix(at, 0); !p.AwayUntil.After(now) {
			problems[cards.SettingAway] = "Choose a time that is still to come, or leave it empty."
		}
	}
	return p, problems
}
