package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// twoRecords is a customer that two systems know by two ids.
func twoRecords(t *testing.T) *world {
	w := newWorld(t)
	w.ws.Accounts["acme|old"] = &journey.Account{ID: "acme|old", Name: "Acme Ltd", Domain: "acme.old", Segment: "smb", FieldsAt: map[string]time.Time{"segment": now}}
	return w
}

func (w *world) other(kind alerts.Kind, about string, f alerts.Facts) alerts.EventResult {
	return w.take(alerts.Event{Account: "acme|old", Signal: &alerts.Signal{Kind: kind, About: about, Facts: f}})
}

func (w *world) merge() alerts.Merged {
	w.ws.Changes = alerts.NewWorkingSet(nil).Changes
	return w.rules.Merge(w.ws, "acme|old", "acme", alerts.Actor{UserID: tom, Name: "Tom"}, w.now)
}

func TestMergeMovesWhatOneAccountHas(t *testing.T) {
	t.Parallel()
	w := twoRecords(t)
	w.ws.Accounts["acme"].Segment = ""
	w.other(alerts.Support, "4711", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "4711", Status: "open", Priority: "urgent"}})
	w.health(yellow, red, 44)
	done := w.merge()
	require.Equal(t, alerts.Merged{Old: done.Old, Into: done.Into, Moved: 1}, done)
	require.Equal(t, "Acme Ltd", done.Old.Name)
	require.Equal(t, "smb", w.ws.Accounts["acme"].Segment, "what the account does not know it takes over")
	require.Equal(t, now, w.ws.Accounts["acme"].FieldsAt["segment"])
	require.Equal(t, "Acme Corp", w.ws.Accounts["acme"].Name, "what it knows it keeps")

	moved := w.live(alerts.Support, "4711")
	require.NotNil(t, moved)
	require.Equal(t, "acme", moved.Account)
	require.Equal(t, "Acme Corp", moved.Facts.Account)
	require.NotContains(t, w.ws.Live, alerts.Key("acme|old", alerts.Support, "4711"))
	require.Len(t, w.ws.Changes.Results, 1)
	require.Equal(t, "Acme Ltd was merged into Acme Corp", w.ws.Changes.Results[0].History[0].Data.Note)
	require.True(t, w.ws.Changes.Results[0].Redraw)
	key := alerts.Key("acme", alerts.Support, "4711")
	require.Equal(t, key, w.ws.Conditions[key].Key)
	require.Equal(t, map[string]bool{key: true}, w.ws.Changes.Conditions)
	require.NotContains(t, w.ws.Conditions, alerts.Key("acme|old", alerts.Support, "4711"))
}

func TestMergeCollapsesTheSameAlert(t *testing.T) {
	t.Parallel()
	w := twoRecords(t)
	w.health(green, yellow, 60)
	older := *w.live(alerts.HealthShift, "")
	w.now = w.now.Add(time.Hour)
	w.other(alerts.HealthShift, "", redShift())
	w.other(alerts.HealthShift, "", redShift())
	younger := *w.ws.Live[alerts.Key("acme|old", alerts.HealthShift, "")]
	acked, err := w.rules.Apply(younger, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}}, w.now)
	require.NoError(t, err)
	*w.ws.Live[younger.Key] = acked.Alert

	done := w.merge()
	require.Equal(t, 1, done.Collapsed)
	results := w.ws.Changes.Results
	require.Len(t, results, 2)
	closed, stays := results[0], results[1]
	require.Equal(t, younger.ID, closed.Alert.ID)
	require.Equal(t, alerts.Resolved, closed.Alert.Status)
	require.Equal(t, alerts.MergedInto, closed.Alert.Outcome)
	require.Equal(t, older.ShortID, closed.History[0].Data.Target)

	require.Equal(t, older.ID, stays.Alert.ID, "the older stays")
	require.Equal(t, 3, stays.Alert.Count)
	require.Equal(t, younger.Severity, stays.Alert.Severity, "as severe as the worse")
	require.Equal(t, journey.HealthRed, stays.Alert.Facts.Health.To, "with what was said last")
	require.Equal(t, alerts.Acknowledged, stays.Alert.Status, "Ben is on it")
	require.Equal(t, ben, stays.Alert.Owner)
	require.Equal(t, ben, stays.Alert.AckedBy)
	require.Contains(t, stays.Alert.Channels, "#cs-alerts")
	require.Len(t, stays.Alert.EventIDs, 3)
	require.Equal(t, stays.Alert.ID, w.live(alerts.HealthShift, "").ID)
	key := alerts.Key("acme", alerts.HealthShift, "")
	require.Equal(t, 3, w.ws.Conditions[key].Level, "the later condition counts")
	require.Equal(t, 3, w.ws.Conditions[key].Told)
}

func TestMergeKeepsTheOlderOfTheOldAccount(t *testing.T) {
	t.Parallel()
	w := twoRecords(t)
	w.other(alerts.HealthShift, "", redShift())
	older := *w.ws.Live[alerts.Key("acme|old", alerts.HealthShift, "")]
	w.now = w.now.Add(time.Hour)
	w.health(green, yellow, 60)
	younger := *w.live(alerts.HealthShift, "")
	w.merge()
	stays := w.live(alerts.HealthShift, "")
	require.Equal(t, older.ID, stays.ID)
	require.Equal(t, "acme", stays.Account)
	require.Equal(t, alerts.Key("acme", alerts.HealthShift, ""), stays.Key)
	require.Equal(t, maria, stays.Owner, "an owner is better than none")
	require.Equal(t, younger.ID, w.ws.Changes.Results[0].Alert.ID)
}

// A mute of either account covers what both had: the alert that stays is quiet, also when the other one was not.
func TestMergeKeepsMutes(t *testing.T) {
	t.Parallel()
	for _, muted := range []string{"acme", "acme|old"} {
		t.Run(muted, func(t *testing.T) {
			t.Parallel()
			w := twoRecords(t)
			mute := alerts.Mute{ID: "m", Account: muted, MuteSpan: alerts.MuteSpan{Until: now.Add(day), Reason: "migration", By: alerts.Actor{UserID: ben}}}
			w.rules.Mute(w.ws, mute, w.now)
			w.health(green, red, 40)
			w.other(alerts.HealthShift, "", redShift())
			w.other(alerts.Support, "1", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "1", Status: "open", Priority: "urgent"}})
			w.signal(alerts.Support, "2", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "2", Status: "open", Priority: "urgent"}})
			w.merge()
			require.Len(t, w.ws.Mutes["acme"], 1)
			require.Len(t, w.ws.Live, 3)
			for _, a := range w.ws.Live {
				require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, Until: mute.Until, By: "m"}, a.Hold, "%s %s", a.Kind, a.About)
				require.Zero(t, a.StepAt)
			}
			for _, r := range w.ws.Changes.Results {
				require.False(t, r.Release && r.Alert.Status.Live())
				for _, p := range r.Places {
					require.Equal(t, string(alerts.HoldMute), p.Hold)
				}
			}
		})
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.health(yellow, red, 44)
	w.ws.Changes = alerts.NewWorkingSet(nil).Changes
	w.rules.Rename(w.ws, "acme", "Acme Holding", alerts.Actor{UserID: tom}, now)
	account := w.ws.Accounts["acme"]
	require.Equal(t, "Acme Holding", account.Name)
	require.Equal(t, now, account.FieldsAt["name"])
	require.Contains(t, account.Aliases, "Acme Corp")
	require.Equal(t, "Acme Holding", w.live(alerts.HealthShift, "").Facts.Account)
	require.Len(t, w.ws.Changes.Results, 1)
	require.True(t, w.ws.Changes.Results[0].Redraw)
	require.True(t, w.ws.Changes.Accounts["acme"])
}
