package cards_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// requireView fails when Slack would refuse the blocks in a view of at most 100.
func requireView(t require.TestingT, blocks []slack.Block) {
	raw, err := json.Marshal(blocks)
	require.NoError(t, err)
	var all []map[string]any
	require.NoError(t, json.Unmarshal(raw, &all))
	c := checker{blockIDs: map[string]bool{}, actionIDs: map[string]bool{}}
	if len(all) < 1 || len(all) > 100 {
		c.fail("%d blocks", len(all))
	}
	for _, b := range all {
		c.block(b)
	}
	require.Empty(t, c.problems, "%s", raw)
}

func homeStyle(t testing.TB) cards.Style {
	s := style(t)
	s.Rules.Digests = alerts.DigestRules{Owners: true, Day: time.Monday, At: 8*time.Hour + 30*time.Minute}
	return s
}

func mariasHome() alerts.Home {
	open := view(alerts.HealthShift)
	acked := view(alerts.UsageLimit)
	statuses["acknowledged"](&acked)
	acked.Alert.ID = "acked"
	held := view(alerts.RenewalDue)
	held.Alert.ID, held.Alert.Hold = "held", alerts.Hold{Reason: alerts.HoldMute, Until: now.Add(day)}
	low := view(alerts.UsageLimit)
	low.Alert.ID, low.Alert.Hold = "low", alerts.Hold{Reason: alerts.HoldLow}
	unowned := view(alerts.Support)
	unowned.Alert.ID, unowned.Alert.Owner, unowned.Alert.OwnerRef = "unowned", "", ""
	at := 9 * time.Hour
	globex := journey.Account{ID: "globex", Name: "Globex", Health: journey.HealthYellow}
	return alerts.Home{
		Person: people()["UMARIA"], Numbers: alerts.Numbers{New: 4, Resolved: 2, Saved: 1, Acknowledged: 3, AckMedian: 22 * time.Minute},
		Mine: []alerts.View{open, acked}, Total: 2, Held: []alerts.View{held, low}, HeldTotal: 7,
		Unowned: []alerts.View{unowned}, UnownedTotal: 1, Accounts: []journey.Account{acme(), globex}, AccountsTotal: 40,
		Mutes: []alerts.HomeMute{
			{ID: "m1", Account: "hooli", Name: "Hooli", Until: now.Add(7 * day), Reason: "migration"},
			{ID: "m2", Account: "initech", Kind: alerts.UsageLimit, Until: now.Add(day)},
		},
		Chosen: alerts.Preferences{DigestAt: &at, QuietFrom: 19 * time.Hour, QuietTo: 8 * time.Hour, Delegate: "UBEN", AwayUntil: now.Add(3 * day)},
		People: people(),
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *alerts.Home){
		"full":  func(*alerts.Home) {},
		"empty": func(h *alerts.Home) { *h = alerts.Home{Person: alerts.Person{UserID: "U1", TZ: "Asia/Tokyo"}} },
		"second page": func(h *alerts.Home) {
			*h = alerts.Home{Person: h.Person, Mine: h.Mine, Offset: 10, Total: 23, Chosen: alerts.Preferences{NoDigest: true}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := mariasHome()
			change(&h)
			d := cards.Home(homeStyle(t), h)
			requireView(t, d.Blocks)
			d.Text = "Home has none"
			goldenView(t, d)
		})
	}
	require.Equal(t, cards.Home(homeStyle(t), mariasHome()).Hash(), cards.Home(homeStyle(t), mariasHome()).Hash())
}

func TestHomeStaysBelowSlacksLimits(t *testing.T) {
	t.Parallel()
	h := mariasHome()
	fill := func(n int, like alerts.View) []alerts.View {
		views := make([]alerts.View, n)
		for i := range views {
			views[i] = like
			views[i].Alert.ID = fmt.Sprint(like.Alert.ID, i)
		}
		return views
	}
	h.Mine, h.Total, h.Offset = fill(40, h.Mine[0]), 400, 20
	h.Held, h.HeldTotal = fill(40, h.Held[0]), 400
	h.Unowned, h.UnownedTotal = fill(40, h.Unowned[0]), 400
	for i := range 40 {
		h.Accounts = append(h.Accounts, journey.Account{ID: fmt.Sprint("a", i)})
		h.Mutes = append(h.Mutes, alerts.HomeMute{ID: fmt.Sprint("x", i), Account: "a", Until: now})
	}
	h.Person.Email = ""
	d := cards.Home(homeStyle(t), h)
	requireView(t, d.Blocks)
	require.Contains(t, string(pretty(t, d)), `"home.settings"`, "the end is reached")
}

func TestHomeOfAnything(t *testing.T) {
	t.Parallel()
	anyView := rapid.Custom(func(t *rapid.T) alerts.View {
		return alerts.View{
			Alert: alerts.Alert{
				ID: text.Draw(t, "id"), ShortID: text.Draw(t, "short"), Kind: rapid.SampledFrom(alerts.Kinds).Draw(t, "kind"), Status: alerts.Open,
				Facts: anyFacts.Draw(t, "facts"), Hold: alerts.Hold{Reason: alerts.HoldReason(text.Draw(t, "hold")), Until: moment.Draw(t, "until")},
			},
			Account: anyAccount.Draw(t, "account"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(anyView, 0, 3)
		h := alerts.Home{
			Person: alerts.Person{UserID: text.Draw(t, "user"), Email: text.Draw(t, "email"), TZ: text.Draw(t, "zone")},
			Mine:   some.Draw(t, "mine"), Total: rapid.Int().Draw(t, "total"), Offset: rapid.IntRange(0, 1e9).Draw(t, "offset"),
			Held: some.Draw(t, "held"), HeldTotal: rapid.Int().Draw(t, "held total"), Unowned: some.Draw(t, "unowned"),
			Accounts: rapid.SliceOfN(anyAccount, 0, 3).Draw(t, "accounts"), AccountsTotal: rapid.Int().Draw(t, "accounts total"),
			Mutes: []alerts.HomeMute{{
				ID: text.Draw(t, "mute"), Account: text.Draw(t, "muted"), Name: text.Draw(t, "name"), Kind: alerts.Kind(text.Draw(t, "kind")),
				Until: moment.Draw(t, "until"), Reason: text.Draw(t, "reason"),
			}},
			Chosen: alerts.Preferences{Delegate: text.Draw(t, "delegate"), AwayUntil: moment.Draw(t, "away"), QuietTo: time.Hour},
			People: map[string]alerts.Person{},
		}
		requireView(t, cards.Home(cards.Style{Now: now}, h).Blocks)
		requireAccepted(t, cards.Accounts(cards.Style{Now: now}, h.Accounts, h.Offset, h.AccountsTotal))
	})
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	many := make([]journey.Account, 0, cards.AccountRows)
	for i := range cards.AccountRows {
		many = append(many, journey.Account{ID: fmt.Sprint("a", i), Name: fmt.Sprint("Account ", i), Health: journey.HealthGreen, Score: ptr(80.0)})
	}
	many[0] = acme()
	for name, c := range map[string]struct {
		page          []journey.Account
		offset, total int
	}{"none": {}, "one": {page: many[:1], total: 1}, "first page": {page: many, total: 40}, "middle": {page: many, offset: 15, total: 40}, "beyond": {offset: 60, total: 40}} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Accounts(style(t), c.page, c.offset, c.total))
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, chosen := range map[string]alerts.Preferences{"default": {}, "chosen": mariasHome().Chosen, "no digest": {NoDigest: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goldenJSON(t, cards.Settings(homeStyle(t), chosen))
		})
	}
}
