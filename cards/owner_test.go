package cards_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// handed is what Maria leaves to Ben: two alerts, one with a note.
func handed() (alerts.Handover, []alerts.View) {
	red, renewal := view(alerts.HealthShift), view(alerts.RenewalDue)
	red.Alert.Owner, renewal.Alert.Owner = "UBEN", "UBEN"
	renewal.Alert.ID, renewal.Alert.Status, renewal.Alert.WakeAt = "renewal", alerts.Snoozed, now.Add(2*day)
	red.History = []alerts.Entry{{
		Seq: 4, At: ago(day), What: alerts.DidNote, Actor: alerts.Actor{UserID: "UMARIA", Name: "Maria"},
		Data: alerts.EntryData{Note: "Dana answers on Thursdays <only>"},
	}}
	return alerts.Handover{
		From: people()["UMARIA"], To: people()["UBEN"], At: now, ToNew: true, Changed: 1, Alerts: 2,
		Accounts: []alerts.HandedAccount{{ID: "acme", Name: "Acme Corp"}}, AlertIDs: []string{red.Alert.ID, "renewal", "gone"},
	}, []alerts.View{renewal, red}
}

func TestHandover(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *alerts.Handover){
		"to the new owner": func(*alerts.Handover) {},
		"to the one before": func(h *alerts.Handover) {
			h.ToNew, h.By = false, alerts.Actor{UserID: "UAIKO", Name: "Aiko"}
		},
		"in bulk": func(h *alerts.Handover) {
			h.By, h.Changed, h.Alerts = alerts.Actor{UserID: "UAIKO"}, 17, 9
			h.Accounts = append(h.Accounts, alerts.HandedAccount{ID: "globex", Name: "Globex <b>"})
			h.From = alerts.Person{Email: "maria@old.example"}
		},
		"without alerts": func(h *alerts.Handover) { h.Alerts, h.AlertIDs = 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, views := handed()
			change(&h)
			golden(t, cards.Handover(style(t), h, views))
		})
	}
}

func TestUnowned(t *testing.T) {
	t.Parallel()
	list := alerts.Unowned{
		For: "group:@cs-leads", AsOf: ago(time.Hour), Accounts: 4, ARR: 21_200_000,
		Rows: []alerts.UnownedAccount{
			{ID: "acme", Name: "Acme Corp", ARR: 8_400_000, RenewalDate: 20270220, Owner: "maria@old.example"},
			{ID: "globex", Name: "Globex <!here>", ARR: 5_200_000},
		},
	}
	t.Run("for a group", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Unowned(style(t), list, "S0LEADS"))
	})
	t.Run("where outsiders read along", func(t *testing.T) {
		t.Parallel()
		s := style(t)
		s.Guarded = true
		d := cards.Unowned(s, list, "")
		require.NotContains(t, string(pretty(t, d)), "€")
		golden(t, d)
	})
}

func TestAsking(t *testing.T) {
	t.Parallel()
	t.Run("question", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Ask([]string{"Merge Acme <old> into Acme Corp?", "This cannot be undone."}, "Merge", `merge "acme-old" into "acme" confirmed`))
	})
	t.Run("answer", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Done([]string{"Acme <old> is Acme Corp now.", ""}, "acme"))
	})
}

func TestSomebodyStandsIn(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	v.Alert.Owner, v.Alert.OwnerNote = "UBEN", "Maria is away until 2 Dec: Ben stands in"
	raw := string(pretty(t, cards.Alert(style(t), v, true)))
	require.Contains(t, raw, "*Owner* <@UBEN> · Maria is away until 2 Dec: Ben stands in")
	require.Contains(t, raw, "Owner Ben, Maria is away until 2 Dec: Ben stands in.", "spoken too")

	guarded := style(t)
	guarded.Guarded = true
	require.NotContains(t, string(pretty(t, cards.Alert(guarded, v, true))), "is away")

	happen(&v, alerts.Entry{What: alerts.DidSetOwner, At: ago(time.Minute), Data: alerts.EntryData{User: "UBEN", Note: v.Alert.OwnerNote}})
	d, ok := cards.Thread(style(t), v, 0)
	require.True(t, ok)
	require.Contains(t, d.Text, "Maria is away until 2 Dec: Ben stands in.")

	v.Alert.Status, v.Alert.AckedBy = alerts.Acknowledged, "UBEN"
	require.NotContains(t, string(pretty(t, cards.Alert(style(t), v, false))), "stands in", "who is on it needs no reason")
}

func TestMergedAlerts(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	v.Alert.Status, v.Alert.Outcome, v.Alert.ClosedAt = alerts.Resolved, alerts.MergedInto, ago(time.Minute)
	happen(&v, alerts.Entry{What: alerts.DidMerge, At: ago(time.Minute), To: alerts.Resolved, Actor: alerts.Actor{UserID: "UAIKO"}, Data: alerts.EntryData{
		Note: "Acme Ltd was merged into Acme Corp", Target: "A-2B3", Outcome: alerts.MergedInto,
	}})
	golden(t, cards.Alert(style(t), v, false))
	stays := view(alerts.HealthShift)
	happen(&stays, alerts.Entry{What: alerts.DidMerge, At: ago(time.Minute), To: alerts.Open, Data: alerts.EntryData{
		Note: "Acme Ltd was merged into Acme Corp", Target: "A-7K2",
	}})
	d, ok := cards.Thread(style(t), stays, 0)
	require.True(t, ok)
	require.Contains(t, d.Text, "Acme Ltd was merged into Acme Corp. A-7K2 was about the same and counts here.")
}

// In JSON an ampersand takes ten bytes: a long list of such names is cut shorter, row by row, and no row is lost.
func TestALongListOfAmpersandsFits(t *testing.T) {
	t.Parallel()
	h, views := handed()
	v := detached(views[1])
	odd := strings.Repeat("&", 300)
	v.Account.Name, v.Alert.Facts.Account = odd, odd
	v.Alert.Facts.Health.Reason, v.Alert.OwnerNote, v.People["UBEN"] = odd, odd, alerts.Person{UserID: "UBEN", Name: odd}
	v.History[0].Data.Note, v.History[0].Actor = odd, alerts.Actor{Name: odd}
	h.Accounts, h.AlertIDs, views, h.Changed, h.Alerts = nil, nil, nil, alerts.HandoverRows, alerts.HandoverRows
	for i := range alerts.HandoverRows {
		v.Alert.ID = "alert-" + strconv.Itoa(i)
		h.AlertIDs, views = append(h.AlertIDs, v.Alert.ID), append(views, v)
		h.Accounts = append(h.Accounts, alerts.HandedAccount{ID: v.Alert.ID, Name: odd})
	}
	d := cards.Handover(style(t), h, views)
	raw, err := json.Marshal(d.Blocks)
	require.NoError(t, err)
	require.Less(t, len(raw), maxDrawing)
	for _, id := range h.AlertIDs {
		require.Contains(t, string(raw), `"`+id+`"`, "each alert can still be opened")
	}
}

func TestHostileHandover(t *testing.T) {
	s := style(t)
	someone := rapid.Custom(func(t *rapid.T) alerts.Person {
		return alerts.Person{UserID: userID.Draw(t, "id"), Name: text.Draw(t, "name"), Email: text.Draw(t, "address")}
	})
	rapid.Check(t, func(t *rapid.T) {
		views := rapid.SliceOfN(anyView, 0, 3).Draw(t, "views")
		h := alerts.Handover{
			From: someone.Draw(t, "from"), To: someone.Draw(t, "to"), By: alerts.Actor{UserID: userID.Draw(t, "by"), Name: text.Draw(t, "who")},
			ToNew: rapid.Bool().Draw(t, "to new"), Changed: rapid.IntRange(0, 900).Draw(t, "changed"), Alerts: rapid.IntRange(0, 900).Draw(t, "alerts"),
		}
		for _, v := range views {
			h.AlertIDs = append(h.AlertIDs, v.Alert.ID)
			h.Accounts = append(h.Accounts, alerts.HandedAccount{ID: v.Account.ID, Name: v.Account.Name})
		}
		if len(views) > 0 && rapid.Bool().Draw(t, "many") {
			for len(h.Accounts) < alerts.HandoverRows {
				h.AlertIDs, h.Accounts = append(h.AlertIDs, h.AlertIDs[0]), append(h.Accounts, h.Accounts[0])
			}
		}
		s.Guarded = rapid.Bool().Draw(t, "guarded")
		requireSafe(t, func() cards.Drawing { return cards.Handover(s, h, views) })

		list := alerts.Unowned{AsOf: moment.Draw(t, "as of"), Accounts: rapid.IntRange(0, 90).Draw(t, "accounts"), ARR: rapid.Int64().Draw(t, "arr")}
		row := rapid.Custom(func(t *rapid.T) alerts.UnownedAccount {
			return alerts.UnownedAccount{
				ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), ARR: rapid.Int64().Draw(t, "arr"), RenewalDate: calendarDay.Draw(t, "renewal"),
				Owner: text.Draw(t, "owner"),
			}
		})
		list.Rows = rapid.SliceOfN(row, 0, alerts.UnownedRows).Draw(t, "rows")
		who := userID.Draw(t, "mention")
		requireSafe(t, func() cards.Drawing { return cards.Unowned(s, list, who) })

		said := []string{"Merge " + text.Draw(t, "old") + "?", text.Draw(t, "said")}
		command := rapid.SampledFrom([]string{"merge", strings.Repeat("x", 2500), "\xff"}).Draw(t, "command")
		label, account := text.Draw(t, "label")+"!", text.Draw(t, "account")
		requireSafe(t, func() cards.Drawing { return cards.Ask(said, label, command) })
		requireSafe(t, func() cards.Drawing { return cards.Done(said, account) })
	})
}
