package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// mute mutes acme as Ben and keeps what came of it.
func (w *world) mute(id string, kind alerts.Kind, d time.Duration) {
	w.rules.Mute(w.ws, alerts.Mute{ID: id, Account: "acme", MuteSpan: alerts.MuteSpan{
		Kind: kind, Until: w.now.Add(d), By: alerts.Actor{UserID: ben, Name: "Ben"}, Reason: "migration",
	}}, w.now)
	w.drain()
}

func (w *world) drain() {
	w.log = append(w.log, w.ws.Changes.Results...)
	w.ws.Changes.Results = nil
}

func TestMute(t *testing.T) {
	t.Parallel()
	t.Run("what is shown stays, and nobody is told any more", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.health(green, yellow, 60)
		w.limit(91)
		w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: maria}})
		w.mute("m1", "", 7*day)
		require.Len(t, w.ws.Changes.Mutes, 1)
		require.Equal(t, w.now, w.ws.Changes.Mutes[0].From)
		for _, about := range []alerts.Kind{alerts.HealthShift, alerts.UsageLimit} {
			a := w.ws.Live[alerts.Key("acme", about, map[alerts.Kind]string{alerts.UsageLimit: "API calls"}[about])]
			require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, Until: w.now.Add(7 * day), By: "m1"}, a.Hold)
			require.True(t, a.DueAt().IsZero() || a.DueAt() != a.Hold.Until, "mutes end together, not each alert by itself")
		}
		require.Equal(t, alerts.DidMute, w.last().History[0].What)
		require.Equal(t, "migration", w.last().History[0].Data.Note)
		require.True(t, w.last().Redraw)

		n := len(w.log)
		w.limit(101)
		require.Equal(t, alerts.High, w.live(alerts.UsageLimit, "API calls").Severity)
		require.Empty(t, w.heard(n), "Maria works on it, and is not told that it got worse")
		w.health(yellow, red, 40)
		require.Equal(t, []string{"ping @" + maria}, w.heard(n), "but red health reaches its owner")
		require.Contains(t, string(w.last().Places[0].Body), "is muted, but you should know")
		w.pass(3 * day)
		require.Equal(t, alerts.HoldMute, w.held(alerts.HealthShift, ""))
		require.Zero(t, w.live(alerts.HealthShift, "").StepAt, "no escalation")

		w.pass(4 * day)
		require.Equal(t, alerts.HoldMute, w.held(alerts.HealthShift, ""))
		n = len(w.log)
		w.rules.ExpireMutes(w.ws, "acme", w.now)
		w.drain()
		require.Empty(t, w.held(alerts.HealthShift, ""))
		require.False(t, w.live(alerts.HealthShift, "").StepAt.IsZero(), "it goes on")
		require.Empty(t, w.held(alerts.UsageLimit, "API calls"))
		require.Empty(t, w.heard(n))
		require.Len(t, w.ws.Changes.Places, 1)
		p := w.ws.Changes.Places[0]
		require.Equal(t, alerts.Target("@"+ben), p.Target)
		require.Contains(t, string(p.Body), "The mute of Acme Corp is over. It held 2 alerts: 2 go on as before.")
		w.rules.ExpireMutes(w.ws, "acme", w.now)
		require.Len(t, w.ws.Changes.Places, 1, "once")
	})
	t.Run("what comes meanwhile is held, and at the end only what is grave is shown", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.mute("m1", "", 7*day)
		w.limit(101)
		w.health(green, yellow, 60)
		w.signal(alerts.Support, "7", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "7", Status: "open", Priority: "urgent"}})
		w.signal(alerts.Support, "7", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "7", Status: "closed"}})
		require.Equal(t, []string{}, append([]string{}, w.heard(0)...), "nobody hears a thing")
		w.ws.Mutes["acme"][0].Over = 1 // as storage counts
		n := len(w.log)
		ended := w.rules.Unmute(w.ws, "m1", alerts.Actor{UserID: tom}, w.now.Add(day))
		w.drain()
		require.Equal(t, "The mute of Acme Corp is over. It held 3 alerts: 1 is shown now, 1 stays in the digest, 1 is over. Now: "+
			w.live(alerts.UsageLimit, "API calls").ShortID+", 101 % of API calls.", ended.Summary(w.rules))
		require.Empty(t, w.held(alerts.UsageLimit, "API calls"))
		require.True(t, w.log[n].Release)
		require.Equal(t, tom, w.log[n].History[0].Actor.UserID)
		require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, By: "m1"}, w.live(alerts.HealthShift, "").Hold)
		require.Equal(t, tom, w.ws.Changes.Mutes[len(w.ws.Changes.Mutes)-1].EndedBy.UserID)
		require.Zero(t, w.rules.Unmute(w.ws, "m1", alerts.Actor{UserID: tom}, w.now), "again is nothing")

		w.health(yellow, red, 40)
		require.Empty(t, w.held(alerts.HealthShift, ""), "and what gets worse afterwards is shown")
	})
	t.Run("a kind alone", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.mute("m1", alerts.UsageLimit, day)
		w.limit(101)
		w.health(green, yellow, 60)
		require.Equal(t, alerts.HoldMute, w.held(alerts.UsageLimit, "API calls"))
		require.Empty(t, w.held(alerts.HealthShift, ""))
		require.Empty(t, w.rules.UnmuteAll(w.ws, "acme", alerts.HealthShift, alerts.Actor{}, w.now))
		require.Len(t, w.rules.UnmuteAll(w.ws, "acme", "", alerts.Actor{}, w.now), 1)
	})
	t.Run("the longest of several holds, and the next takes over", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.mute("kind", alerts.UsageLimit, 9*day)
		w.mute("all", "", 2*day)
		w.limit(101)
		require.Equal(t, "kind", w.live(alerts.UsageLimit, "API calls").Hold.By)
		w.rules.Unmute(w.ws, "kind", alerts.Actor{}, w.now)
		require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, Until: w.now.Add(2 * day), By: "all"}, w.live(alerts.UsageLimit, "API calls").Hold)
	})
	t.Run("muting again replaces, twice the same is once, and the longest is 90 days", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.limit(91)
		w.mute("m1", "", day)
		w.mute("m1", "", 30*day)
		require.Len(t, w.ws.Changes.Mutes, 1)
		w.mute("m2", "", 300*day)
		require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, Until: w.now.Add(90 * day), By: "m2"}, w.live(alerts.UsageLimit, "API calls").Hold)
		require.Equal(t, "m1", w.ws.Changes.Mutes[1].ID)
		require.False(t, w.ws.Changes.Mutes[1].EndedAt.IsZero())
		w.mute("m3", "", -day)
		require.Len(t, w.ws.Changes.Mutes, 3, "a mute into the past is none")
	})
	t.Run("it holds even what is critical, and what waited for something else", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{DigestLow: true})
		w.limit(76)
		w.mute("m1", "", day)
		require.Equal(t, alerts.HoldMute, w.held(alerts.UsageLimit, "API calls"))
		w.rules.Routes = []alerts.Route{{Name: "all", Channel: "alerts", Severity: alerts.Critical}}
		w.limit(91)
		require.Equal(t, alerts.Critical, w.live(alerts.UsageLimit, "API calls").Severity)
		require.Equal(t, alerts.HoldMute, w.held(alerts.UsageLimit, "API calls"))
	})
	t.Run("an owner who is found later hears of red health", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		delete(w.ws.People, "maria@example.com")
		w.mute("m1", "", day)
		w.health(green, red, 40)
		require.Empty(t, w.heard(0))
		w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: maria}})
		require.Equal(t, []string{"ping @" + maria}, w.heard(0))
	})
	t.Run("an upsell waits for its risk again afterwards", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.rules.Guards = alerts.DefaultGuards()
		w.ws.Accounts["acme"].SalesOwner = "tom@example.com"
		w.ws.People["tom@example.com"] = alerts.Person{UserID: tom, Email: "tom@example.com"}
		w.health(green, red, 40)
		w.signal(alerts.PQL, "", alerts.Facts{PQL: &alerts.PQLFacts{Score: 90}})
		require.Equal(t, alerts.HoldCollision, w.held(alerts.PQL, ""))
		w.mute("m1", "", day)
		require.Equal(t, alerts.HoldMute, w.held(alerts.PQL, ""))
		w.rules.Unmute(w.ws, "m1", alerts.Actor{}, w.now)
		require.Equal(t, alerts.HoldCollision, w.held(alerts.PQL, ""))
	})
	t.Run("an account that leaves meanwhile stays quiet", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		w.health(green, red, 40)
		w.mute("m1", "", day)
		w.take(alerts.Event{Patch: &journey.Patch{Status: journey.SetTo(journey.StatusChurned)}})
		w.rules.Unmute(w.ws, "m1", alerts.Actor{}, w.now)
		require.Equal(t, alerts.HoldChurned, w.held(alerts.HealthShift, ""))
		w.mute("m2", "", day)
		require.Equal(t, alerts.HoldChurned, w.held(alerts.HealthShift, ""))
		w.take(alerts.Event{Patch: &journey.Patch{Status: journey.SetTo(journey.StatusActive)}})
		require.Equal(t, alerts.HoldMute, w.held(alerts.HealthShift, ""), "back, and still muted")
	})
}
