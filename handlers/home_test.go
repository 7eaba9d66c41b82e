package handlers

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
)

func TestSettingsAreReadAndChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	morning, early := 8*time.Hour+30*time.Minute, 7*time.Hour+15*time.Minute
	clock := func(at string) slack.BlockAction { return slack.BlockAction{SelectedTime: at} }
	on := slack.BlockAction{SelectedOptions: []slack.OptionBlockObject{{Value: cards.SettingOn}}}
	for name, c := range map[string]struct {
		given map[string]slack.BlockAction
		want  alerts.Preferences
		wrong []string
	}{
		"nothing":               {want: alerts.Preferences{NoDigest: true}},
		"the workspace's time":  {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingDigestAt: clock("08:30")}},
		"an own time":           {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingDigestAt: clock("07:15")}, want: alerts.Preferences{DigestAt: &early}},
		"quiet over midnight":   {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingQuietFrom: clock("22:00"), cards.SettingQuietTo: clock("07:00")}, want: alerts.Preferences{QuietFrom: 22 * time.Hour, QuietTo: 7 * time.Hour}},
		"quiet without an end":  {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingQuietFrom: clock("22:00")}, wrong: []string{cards.SettingQuietTo}},
		"quiet without a start": {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingQuietTo: clock("22:00")}, wrong: []string{cards.SettingQuietFrom}},
		"quiet for no time":     {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingQuietFrom: clock("22:00"), cards.SettingQuietTo: clock("22:00")}, wrong: []string{cards.SettingQuietTo}},
		"a delegate":            {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingDelegate: {SelectedUser: "U2"}}, want: alerts.Preferences{Delegate: "U2"}},
		"oneself":               {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingDelegate: {SelectedUser: "U1"}}, want: alerts.Preferences{Delegate: "U1"}, wrong: []string{cards.SettingDelegate}},
		"away until tomorrow":   {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingAway: {SelectedDateTime: now.Add(24 * time.Hour).Unix()}}, want: alerts.Preferences{AwayUntil: now.Add(24 * time.Hour)}},
		"away until yesterday":  {given: map[string]slack.BlockAction{cards.SettingDigest: on, cards.SettingAway: {SelectedDateTime: now.Add(-24 * time.Hour).Unix()}}, want: alerts.Preferences{AwayUntil: now.Add(-24 * time.Hour)}, wrong: []string{cards.SettingAway}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view := slack.View{State: &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}}
			for setting, given := range c.given {
				view.State.Values[setting] = map[string]slack.BlockAction{setting: given}
			}
			got, problems := settingsIn(view, alerts.Person{UserID: "U1"}, alerts.DigestRules{Owners: true, At: morning}, now)
			if !got.AwayUntil.IsZero() {
				got.AwayUntil = got.AwayUntil.UTC()
			}
			require.Equal(t, c.want, got)
			require.ElementsMatch(t, c.wrong, slices.Collect(maps.Keys(problems)))
		})
	}
	got, problems := settingsIn(slack.View{}, alerts.Person{UserID: "U1"}, alerts.DigestRules{}, now)
	require.Zero(t, got, "a workspace without digests asks nobody about them")
	require.Empty(t, problems)
}
