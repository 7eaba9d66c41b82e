package alerts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
)

// board is what the messages table amounts to: which cards of which alert are seen, and which wait.
type board struct {
	w     *world
	waits map[string]bool // by alert and channel
	mutes map[string]bool // that were made and have not ended
	from  int             // results that it has taken
}

// catchUp takes the results since the last time, as storage writes them.
func (b *board) catchUp() {
	w := b.w
	for ; b.from < len(w.log); b.from++ {
		r := w.log[b.from]
		for key := range b.waits {
			if r.Release && strings.HasPrefix(key, r.Alert.ID+" ") {
				b.waits[key] = false
			}
		}
		for _, p := range r.Places {
			key := r.Alert.ID + " " + string(p.Target)
			if p.Kind == alerts.CardMessage {
				_, twice := b.waits[key]
				require.False(w.t, twice, "a card is placed once")
				b.waits[key] = p.Hold != ""
			}
		}
		for _, e := range r.History {
			if e.What == alerts.DidEscalate {
				require.False(w.t, r.Alert.Hold.Hides(), "what is held does not escalate")
			}
		}
		for _, p := range r.Places {
			if p.Kind == alerts.PingMessage && r.Alert.Hold.Reason == alerts.HoldMute {
				asked := len(r.History) > 0 && r.History[0].Actor.UserID != ""
				require.True(w.t, asked || strings.HasPrefix(p.Slot, "muted-") || strings.HasPrefix(p.Slot, "remind:") || strings.HasPrefix(p.Slot, "wake:"), p.Slot)
			}
		}
	}
}

// check holds what is live against the invariants of quiet.
func (b *board) check() {
	w := b.w
	for _, a := range w.ws.Live {
		seen := 0
		for _, channel := range a.Channels {
			waits, placed := b.waits[a.ID+" "+channel]
			require.True(w.t, placed, "a card in each of its channels")
			if !waits {
				seen++
			}
		}
		require.Equal(w.t, a.ShownAt.IsZero(), seen == 0, "shown is what can be seen somewhere")
		require.True(w.t, seen > 0 || a.Hold.Reason != alerts.HoldNone, "every live alert is visible, or held with a reason")
		if !a.Hold.Hides() {
			require.Equal(w.t, len(a.Channels), seen, "what is not held is seen everywhere")
		}
		if a.Hold.Hides() {
			require.Zero(w.t, a.StepAt)
		}
		if a.Hold.Reason == alerts.HoldMute && !a.Hold.Until.IsZero() {
			require.True(w.t, b.mutes[a.Hold.By], "a mute that is over holds nothing by itself")
		}
		covered := false
		for _, m := range w.ws.Mutes[a.Account] {
			covered = covered || m.EndedAt.IsZero() && m.Until.After(w.now) && (m.Kind == "" || m.Kind == a.Kind)
		}
		lost := a.Hold.Reason == alerts.HoldChurned || a.Hold.Reason == alerts.HoldNoContact
		require.True(w.t, !covered || lost || a.Hold.Reason == alerts.HoldMute, "a mute holds everything in it: %+v", a.Hold)
		due := a.DueAt()
		require.True(w.t, due.IsZero() || due.After(w.now), "a timer that stays due spins")
	}
}

// TestQuietLives drives accounts through random lives under random quiet rules.
func TestQuietLives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := quietWorld(t, alerts.QuietRules{})
		w.rules.Calendars = map[string]alerts.Calendar{"office": workweek("Europe/Berlin")}
		w.rules.Quiet = alerts.QuietRules{
			StaleAfter:    rapid.SampledFrom([]time.Duration{0, day}).Draw(t, "stale"),
			StaleCritical: 3 * day,
			Flapping:      alerts.Flapping{Changes: rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "flapping"), Within: 7 * day},
			DigestLow:     rapid.Bool().Draw(t, "low"),
			Throttle:      map[alerts.Kind]alerts.Throttle{alerts.UsageLimit: {Posts: rapid.IntRange(0, 2).Draw(t, "posts"), Per: day}},
		}
		if rapid.Bool().Draw(t, "hours") {
			w.rules.Quiet.Hours = nights("alerts").Hours
		}
		if rapid.Bool().Draw(t, "guards") {
			w.rules.Guards = alerts.DefaultGuards()
		}
		if rapid.Bool().Draw(t, "big red") {
			w.rules.Routes = rules().Routes
		}
		b := &board{w: w, waits: map[string]bool{}, mutes: map[string]bool{}}
		made := 0
		store := func() {
			w.drain()
			for _, m := range w.ws.Changes.Mutes {
				b.mutes[m.ID] = m.EndedAt.IsZero()
			}
			w.ws.Changes.Mutes = nil
		}
		settle := func() {
			store()
			for _, a := range w.ws.Live {
				if due := a.DueAt(); !due.IsZero() && !due.After(w.now) {
					w.do(a.Kind, a.About, alerts.Input{Do: alerts.DoTimers})
				}
			}
			w.rules.ExpireMutes(w.ws, "acme", w.now)
			store()
			b.catchUp()
		}
		some := func(t *rapid.T) *alerts.Alert {
			if len(w.ws.Live) == 0 {
				return nil
			}
			return w.ws.Live[rapid.SampledFrom(slices.Sorted(maps.Keys(w.ws.Live))).Draw(t, "alert")]
		}
		t.Repeat(map[string]func(*rapid.T){
			"health": func(t *rapid.T) {
				at := w.now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 30, 80}).Draw(t, "age")) * time.Hour)
				to := rapid.SampledFrom([]journey.Health{green, yellow, red}).Draw(t, "to")
				w.take(alerts.Event{At: at, Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: to}}}})
			},
			"limit": func(t *rapid.T) {
				resource := rapid.SampledFrom([]string{"API", "seats", "disk"}).Draw(t, "resource")
				used := rapid.SampledFrom([]float64{10, 76, 91, 101, 111}).Draw(t, "used")
				w.signal(alerts.UsageLimit, resource, alerts.Facts{Limit: &alerts.LimitFacts{Resource: resource, Used: used, Limit: 100, Hard: new(used > 110)}})
			},
			"lead": func(t *rapid.T) {
				w.signal(alerts.PQL, "", alerts.Facts{PQL: &alerts.PQLFacts{Score: rapid.SampledFrom([]float64{10, 65, 90}).Draw(t, "score")}})
			},
			"account": func(t *rapid.T) {
				w.take(alerts.Event{Patch: &journey.Patch{
					Status:       journey.SetTo(rapid.SampledFrom([]string{journey.StatusActive, journey.StatusActive, journey.StatusChurned}).Draw(t, "status")),
					DoNotContact: journey.SetTo(rapid.Bool().Draw(t, "no contact")),
				}})
			},
			"mute": func(t *rapid.T) {
				made++
				kind := rapid.SampledFrom([]alerts.Kind{"", alerts.UsageLimit, alerts.HealthShift}).Draw(t, "kind")
				w.rules.Mute(w.ws, alerts.Mute{ID: fmt.Sprint("m", made), Account: "acme", MuteSpan: alerts.MuteSpan{
					Kind: kind, Until: w.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour), By: alerts.Actor{UserID: ben},
				}}, w.now)
			},
			"unmute": func(*rapid.T) {
				w.rules.UnmuteAll(w.ws, "acme", "", alerts.Actor{UserID: ben}, w.now)
			},
			"click": func(t *rapid.T) {
				a := some(t)
				if a == nil {
					return
				}
				in := alerts.Input{
					Do:    rapid.SampledFrom([]alerts.Do{alerts.DoAck, alerts.DoUnack, alerts.DoSnooze, alerts.DoResolve, alerts.DoAssign}).Draw(t, "do"),
					By:    alerts.Actor{UserID: rapid.SampledFrom([]string{maria, ben}).Draw(t, "by")},
					User:  alerts.Person{UserID: tom},
					Until: w.now.Add(30 * time.Hour), Outcome: alerts.Saved,
				}
				if r, err := w.rules.Apply(*a, in, w.now); err == nil && r.Changed() {
					w.do(a.Kind, a.About, in)
				}
			},
			"wait": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
			},
			"": func(*rapid.T) {
				settle()
				b.check()
			},
		})
	})
}
