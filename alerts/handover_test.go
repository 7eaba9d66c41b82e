package alerts_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// owns is the world in which Ben is known too.
func owns(t *testing.T) *world {
	w := newWorld(t)
	w.ws.People["ben@example.com"] = alerts.Person{UserID: ben, Email: "ben@example.com", Name: "Ben"}
	return w
}

func (w *world) reowned(to string) {
	w.take(alerts.Event{Patch: &journey.Patch{Owner: journey.SetTo(to)}})
}

// handovers are the messages about hand-overs that were made since the last call, by target.
func (w *world) handovers() map[alerts.Target]alerts.Handover {
	told := map[alerts.Target]alerts.Handover{}
	for _, p := range w.ws.Changes.Places {
		require.Equal(w.t, alerts.HandoverMessage, p.Kind)
		var h alerts.Handover
		require.NoError(w.t, json.Unmarshal(p.Body, &h))
		told[p.Target] = h
	}
	w.ws.Changes.Places = nil
	return told
}

func TestANewOwnerGetsTheLiveAlerts(t *testing.T) {
	t.Parallel()
	w := owns(t)
	w.health(yellow, red, 44)
	w.limit(92)
	w.signal(alerts.Support, "4711", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "4711", Status: "open", Priority: "urgent"}})
	w.signal(alerts.Feedback, "nps dana", alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: 2}})
	w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: maria}})
	w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoSnooze, Until: now.Add(2 * day), By: alerts.Actor{UserID: maria}})
	w.do(alerts.Support, "4711", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: tom}})

	n := len(w.log)
	w.reowned("ben@example.com")
	red, limit, ticket := w.live(alerts.HealthShift, ""), w.live(alerts.UsageLimit, "API calls"), w.live(alerts.Support, "4711")
	require.Equal(t, ben, red.Owner)
	require.Equal(t, "ben@example.com", red.OwnerRef)
	require.Equal(t, alerts.Open, red.Status, "Ben has not acknowledged it")
	require.False(t, red.StepAt.IsZero(), "so it escalates")
	require.Equal(t, ben, limit.Owner)
	require.Equal(t, alerts.Snoozed, limit.Status)
	require.Equal(t, tom, ticket.Owner, "Tom is on it")
	require.Equal(t, alerts.Acknowledged, ticket.Status)
	require.Equal(t, ben, w.live(alerts.Feedback, "nps dana").Owner)
	require.NotNil(t, w.live(alerts.ContactChanged, "owner"), "the change itself is a signal as before")
	require.Empty(t, w.told(n), "one message for all, none for each")
	for _, r := range w.log[n:] {
		if r.History[0].What == alerts.DidAssign {
			require.Equal(t, "the account has a new owner", r.History[0].Data.Note)
			require.Equal(t, ben, r.History[0].Data.User)
		}
	}
	told := w.handovers()
	require.Len(t, told, 2)
	require.Equal(t, 3, told["@"+ben].Alerts)
	require.Equal(t, red.ID, told["@"+ben].AlertIDs[0], "the most severe first")
	require.True(t, told["@"+ben].ToNew)
	require.False(t, told["@"+maria].ToNew)
	require.Equal(t, []alerts.HandedAccount{{ID: "acme", Name: "Acme Corp"}}, told["@"+maria].Accounts)
}

func TestHandOversThatAreNone(t *testing.T) {
	t.Parallel()
	t.Run("nothing is live", func(t *testing.T) {
		t.Parallel()
		w := owns(t)
		w.reowned("ben@example.com")
		require.Empty(t, w.handovers())
	})
	t.Run("the same owner in other letters", func(t *testing.T) {
		t.Parallel()
		w := owns(t)
		w.health(yellow, red, 44)
		w.reowned("Maria@Example.com")
		require.Empty(t, w.handovers())
		require.Equal(t, maria, w.live(alerts.HealthShift, "").Owner)
	})
	t.Run("an alias of the growth file", func(t *testing.T) {
		t.Parallel()
		w := owns(t)
		w.rules.People.Aliases = map[string]string{"m@old.example": "maria@example.com"}
		w.health(yellow, red, 44)
		w.reowned("M@old.example")
		require.Empty(t, w.handovers())
		require.Equal(t, "maria@example.com", w.ws.Accounts["acme"].Owner)
		require.Nil(t, w.live(alerts.ContactChanged, "owner"))
	})
	t.Run("an address that was handed over", func(t *testing.T) {
		t.Parallel()
		w := owns(t)
		w.reowned("ben@example.com")
		w.ws.Handed[alerts.HandedKey("", "maria@example.com")] = "ben@example.com"
		w.ws.Handed[alerts.HandedKey("globex", "maria@example.com")] = "tom@example.com"
		w.now = w.now.Add(time.Hour)
		w.reowned("maria@example.com")
		require.Equal(t, "ben@example.com", w.ws.Accounts["acme"].Owner, "the CRM still sends who left")
	})
}

func TestANewOwnerWhomSlackDoesNotKnowYet(t *testing.T) {
	t.Parallel()
	w := owns(t)
	w.health(yellow, red, 44)
	w.reowned("new@example.com")
	a := w.live(alerts.HealthShift, "")
	require.Empty(t, a.Owner, "the publisher looks who it is")
	require.Equal(t, "new@example.com", a.OwnerRef)
	told := w.handovers()
	require.Contains(t, told, alerts.Target("@new@example.com"))
	require.Contains(t, told, alerts.Target("@"+maria))

	w.now = w.now.Add(time.Hour)
	w.ws.People["new@example.com"] = alerts.Person{UserID: tom, Email: "new@example.com"}
	w.reowned("")
	a = w.live(alerts.HealthShift, "")
	require.Equal(t, "group:@cs-leads", a.OwnerRef, "without an owner the lead is asked for")
	require.Len(t, w.handovers(), 1, "there is no new owner to tell")
}

func TestOwnerAndSalesOwnerOfOnePerson(t *testing.T) {
	t.Parallel()
	w := owns(t)
	w.ws.Accounts["acme"].SalesOwner = "maria@example.com"
	w.health(yellow, red, 44)
	w.pql(86)
	w.take(alerts.Event{Patch: &journey.Patch{SalesOwner: journey.SetTo("ben@example.com")}})
	require.Equal(t, maria, w.live(alerts.HealthShift, "").Owner)
	require.Equal(t, ben, w.live(alerts.PQL, "").Owner)
	require.Len(t, w.handovers(), 2)
}

func TestBulkHandOver(t *testing.T) {
	t.Parallel()
	w := owns(t)
	w.ws.Accounts["globex"] = &journey.Account{ID: "globex", Name: "Globex", SalesOwner: "M@old.example"}
	w.ws.Accounts["initech"] = &journey.Account{ID: "initech", Owner: "tom@example.com"}
	w.health(yellow, red, 44)
	w.take(alerts.Event{Account: "initech", Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: redShift()}})
	theirs := w.ws.Live[alerts.Key("initech", alerts.HealthShift, "")]
	require.Empty(t, theirs.Owner)
	w.ws.Changes = alerts.NewWorkingSet(nil).Changes

	req := alerts.HandoverRequest{
		ID: "r1", From: alerts.Person{UserID: maria, Name: "Maria", Email: "maria@example.com"},
		To:        alerts.Person{UserID: ben, Name: "Ben", Email: "ben@example.com"},
		Addresses: []string{"m@old.example", "maria@example.com"}, By: alerts.Actor{UserID: "U0AIKO", Name: "Aiko"},
	}
	h := w.rules.HandOver(w.ws, req, now)
	require.Equal(t, 1, h.Alerts)
	require.Equal(t, 2, h.Changed)
	require.Equal(t, "ben@example.com", w.ws.Accounts["acme"].Owner)
	require.Equal(t, "ben@example.com", w.ws.Accounts["globex"].SalesOwner)
	require.Equal(t, "tom@example.com", w.ws.Accounts["initech"].Owner)
	require.Equal(t, map[string]bool{"acme": true, "globex": true}, w.ws.Changes.Accounts)
	require.Equal(t, ben, w.live(alerts.HealthShift, "").Owner)
	require.Empty(t, w.ws.Live[theirs.Key].Owner)
	require.Len(t, w.handovers(), 2)

	again := w.rules.HandOver(w.ws, req, now)
	require.Zero(t, again.Changed)
	require.Empty(t, w.handovers(), "what is handed over already says nothing")
}

func TestClaimingAnAddress(t *testing.T) {
	t.Parallel()
	w := owns(t)
	w.ws.Accounts["acme"].Owner = "maria.w@example.com"
	w.health(yellow, red, 44)
	w.limit(92)
	w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: ben}, Note: "maria.w@example.com is not in this Slack workspace: Ben stands in"})
	w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: ben}, Note: "nobody has it: Ben stands in"})
	w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}})
	claimed := w.rules.Claim(w.ws, "Maria.W@example.com", alerts.Person{UserID: maria, Name: "Maria"}, alerts.Actor{UserID: maria}, now)
	require.Equal(t, 1, claimed)
	require.Equal(t, maria, w.live(alerts.HealthShift, "").Owner)
	require.Empty(t, w.live(alerts.HealthShift, "").OwnerNote)
	require.Equal(t, ben, w.live(alerts.UsageLimit, "API calls").Owner, "Ben is on it")
}

func TestUnownedLists(t *testing.T) {
	t.Parallel()
	r := rules()
	r.People.Leads = map[string]string{"enterprise": "aiko@example.com"}
	accounts := make([]alerts.UnownedAccount, 0, 20)
	for i := range 20 {
		accounts = append(accounts, alerts.UnownedAccount{ID: fmt.Sprint(i), ARR: int64(100 - i)})
	}
	accounts[3].Segment = "Enterprise"
	lists := r.UnownedLists(accounts, now)
	require.Len(t, lists, 2)
	require.Equal(t, "group:@cs-leads", lists[0].For)
	require.Equal(t, alerts.Target("#cs-urgent"), r.UnownedTo(lists[0]))
	require.Len(t, lists[0].Rows, alerts.UnownedRows)
	require.Equal(t, 19, lists[0].Accounts)
	require.EqualValues(t, 1810-97, lists[0].ARR)
	require.Equal(t, alerts.Target("@aiko@example.com"), r.UnownedTo(lists[1]))
	require.Empty(t, r.UnownedLists(nil, now))
	r.Fallback.Owner = ""
	require.Equal(t, alerts.Target("#cs-urgent"), r.UnownedTo(r.UnownedLists(accounts[:1], now)[0]))
}

func TestUnownedIsDueWithTheOwnersDigests(t *testing.T) {
	t.Parallel()
	r := rules()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	r.Zone = berlin
	at := func(text string) time.Time {
		parsed, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		require.NoError(t, err)
		return parsed
	}
	due := r.UnownedDue(at("2026-11-24 12:00"))
	require.Equal(t, alerts.DigestDue{Target: alerts.UnownedTarget, Weekly: true, Period: "2026-W48", At: at("2026-11-23 08:30")}, due, "Monday morning without digests")
	require.Equal(t, at("2026-11-16 08:30"), r.UnownedDue(at("2026-11-23 08:29")).At)
	require.Equal(t, at("2026-10-26 08:30"), r.UnownedDue(at("2026-10-26 08:30")).At, "the day after the clocks went back")
	r.Digests = alerts.DigestRules{Owners: true, Day: time.Wednesday, At: 10 * time.Hour}
	require.Equal(t, at("2026-11-18 10:00"), r.UnownedDue(at("2026-11-24 12:00")).At)
}
