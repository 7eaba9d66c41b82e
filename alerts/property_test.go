package alerts_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
)

// model is what the rules must amount to for one health condition, in as few words as possible.
type model struct {
	status   alerts.Status // "" before the first alert
	owner    string
	before   alerts.Status // of a snoozed alert
	severity int
	level    int
	at       time.Time
}

func (m *model) signal(level int, at time.Time) {
	if at.Before(m.at) {
		return
	}
	crossed := level > m.level
	m.level, m.at = level, at
	switch {
	case !m.status.Live() && crossed:
		*m = model{status: alerts.Open, owner: maria, severity: level, level: level, at: at}
	case !m.status.Live():
	case level == 0:
		m.status = alerts.Resolved
	case level > m.severity:
		m.severity = level
		if m.status == alerts.Snoozed {
			m.status = alerts.Open
		}
	}
}

func (m *model) ack(user string) (ok bool) {
	free := m.status == alerts.Open || m.status == alerts.Snoozed && m.before == alerts.Open
	if free {
		m.status, m.owner = alerts.Acknowledged, user
		return true
	}
	return m.status.Live() && m.owner == user
}

// thousands checks a property twenty times as often as usual, for lives that take two milliseconds.
func thousands(t *testing.T, life func(*rapid.T)) {
	t.Helper()
	for range 20 {
		rapid.Check(t, life)
	}
}

// TestLifeAgainstModel drives one condition through random lives and compares each step with the model.
func TestLifeAgainstModel(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		w := newWorld(t)
		w.rules.Routes = []alerts.Route{{Name: "all", Channel: "alerts", Owner: []string{"account_owner"}, Escalation: "critical"}}
		w.ws.Accounts["acme"].RenewalDate, w.ws.Accounts["acme"].Health, w.ws.Accounts["acme"].Score = 0, "", nil
		w.ws.Accounts["acme"].HealthAt = time.Time{}
		var m model
		current := alerts.Alert{}
		everything := map[string]alerts.Alert{}
		keep := func(a alerts.Alert) {
			everything[a.ID] = a
			current = a
			if a.Status.Live() {
				w.ws.Live[a.Key] = &a
			} else if l := w.ws.Live[a.Key]; l != nil && l.ID == a.ID {
				delete(w.ws.Live, a.Key)
			}
		}
		act := func(do alerts.Do, in alerts.Input) (alerts.Result, error) {
			if current.ID == "" {
				return alerts.Result{}, alerts.ErrNotFound
			}
			in.Do = do
			r, err := w.rules.Apply(current, in, w.now)
			if err == nil && r.Changed() {
				r.Alert.Version++
				w.log = append(w.log, r)
				keep(r.Alert)
			}
			return r, err
		}
		by := func() alerts.Input {
			return alerts.Input{By: alerts.Actor{UserID: rapid.SampledFrom([]string{maria, ben, tom}).Draw(t, "by")}}
		}
		levels := map[int]journey.Health{0: green, 2: yellow, 3: red}
		t.Repeat(map[string]func(*rapid.T){
			"signal": func(t *rapid.T) {
				level := rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "level")
				at := w.now.Add(-time.Duration(rapid.IntRange(0, 48).Draw(t, "age")) * time.Hour)
				stale, before := at.Before(m.at), maps.Clone(w.ws.Conditions)
				n := len(w.log)
				result := w.take(alerts.Event{At: at, Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: levels[level]}}}})
				m.signal(level, at)
				require.Equal(t, stale, result == alerts.ResultStale)
				if stale {
					require.Equal(t, before, w.ws.Conditions)
					require.Len(t, w.log, n)
				}
				for _, r := range w.log[n:] {
					r.Alert.Version++
					keep(r.Alert)
				}
			},
			"ack": func(t *rapid.T) {
				in := by()
				ok := m.ack(in.By.UserID)
				_, err := act(alerts.DoAck, in)
				require.Equal(t, ok, err == nil)
			},
			"unack": func(t *rapid.T) {
				_, err := act(alerts.DoUnack, by())
				require.Equal(t, m.status.Live(), err == nil)
				if m.status.Live() {
					m.status = alerts.Open
				}
			},
			"assign": func(t *rapid.T) {
				in := by()
				in.User = alerts.Person{UserID: rapid.SampledFrom([]string{maria, ben, tom}).Draw(t, "to")}
				_, err := act(alerts.DoAssign, in)
				require.Equal(t, m.status.Live(), err == nil)
				self := in.User.UserID == in.By.UserID
				switch {
				case !m.status.Live():
				case self && m.status == alerts.Open:
					m.ack(in.By.UserID)
				case m.owner == in.User.UserID:
				default:
					m.owner = in.User.UserID
					if m.status == alerts.Acknowledged && !self {
						m.status = alerts.Open
					}
				}
			},
			"snooze": func(t *rapid.T) {
				in := by()
				in.Until = w.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
				_, _ = act(alerts.DoSnooze, in)
				if m.status == alerts.Open || m.status == alerts.Acknowledged {
					m.before, m.status = m.status, alerts.Snoozed
				}
			},
			"resolve": func(t *rapid.T) {
				in := by()
				in.Outcome = rapid.SampledFrom([]alerts.Outcome{alerts.Saved, alerts.FalseAlarm}).Draw(t, "outcome")
				_, _ = act(alerts.DoResolve, in)
				if m.status.Live() {
					m.status = alerts.Resolved
				}
			},
			"reopen": func(*rapid.T) {
				in := by()
				_, _ = act(alerts.DoReopen, in)
				switch {
				case m.status == "":
				case m.status == alerts.Snoozed:
					m.ack(in.By.UserID)
				case !m.status.Live():
					m.status, m.owner = alerts.Acknowledged, in.By.UserID
				}
			},
			"wait": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "hours")) * time.Hour)
				if current.ID == "" {
					return
				}
				was := current
				r, err := act(alerts.DoTimers, alerts.Input{})
				require.NoError(t, err)
				require.True(t, r.Alert.DueAt().IsZero() || r.Alert.DueAt().After(w.now), "a timer that stays due spins")
				if was.Status == alerts.Acknowledged {
					require.False(t, slices.ContainsFunc(r.History, func(e alerts.Entry) bool { return e.What == alerts.DidEscalate }), "no escalation after acknowledge")
				}
				m.status = r.Alert.Status // timers are the tables' to prove; the model only follows
			},
			"": func(t *rapid.T) {
				require.Equal(t, m.status, current.Status)
				if m.status.Live() {
					require.Equal(t, m.owner, current.Owner)
				}
				live := 0
				for _, a := range everything {
					if a.Status.Live() {
						live++
					}
				}
				require.LessOrEqual(t, live, 1, "one live alert per key")
				history(t, w.log, everything)
			},
		})
	})
}

// history checks over all results that each alert's lines lead to its state, that nothing was told or sent under the same
// name twice, and that only open alerts escalated.
func history(t require.TestingT, log []alerts.Result, now map[string]alerts.Alert) {
	status := map[string]alerts.Status{}
	sent := map[string]bool{}
	for _, r := range log {
		for _, e := range r.History {
			if from, ok := status[r.Alert.ID]; ok {
				require.Equal(t, from, e.From)
			}
			status[r.Alert.ID] = e.To
			if e.What == alerts.DidEscalate {
				require.Equal(t, alerts.Open, e.To)
			}
		}
		for _, o := range r.Outbound {
			require.False(t, sent[o.ID], o.ID)
			sent[o.ID] = true
		}
		for _, p := range r.Places {
			key := string(p.Kind) + p.Subject + string(p.Target) + p.Slot
			require.False(t, sent[key] && p.Kind == alerts.CardMessage, key)
			sent[key] = true
		}
	}
	for id, a := range now {
		require.Equal(t, a.Status, status[id], "the history explains the state")
	}
}

// TestNothingPanics throws everything at the rules that types allow.
func TestNothingPanics(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324}))
	maybe := rapid.Ptr(number, true)
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "nps", "csat", "red", "owner", "champion", "closed", "urgent", "\x00", "<!channel>", "U1", "S1"}))
	when := rapid.Custom(func(t *rapid.T) time.Time {
		return rapid.SampledFrom([]time.Time{{}, now, now.AddDate(0, 0, -8), now.AddDate(9000, 0, 0), time.Unix(math.MaxInt64/2, 0), time.Unix(math.MinInt64/2, 0)}).Draw(t, "time")
	})
	date := rapid.Custom(func(t *rapid.T) journey.Day { return journey.Day(rapid.Int32().Draw(t, "day")) })
	contact := rapid.Custom(func(t *rapid.T) journey.Contact {
		return journey.Contact{Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), Role: text.Draw(t, "role"), LeftAt: when.Draw(t, "left")}
	})
	facts := rapid.Custom(func(t *rapid.T) alerts.Facts {
		f := alerts.Facts{}
		switch rapid.IntRange(0, 10).Draw(t, "which") {
		case 0:
			f.Health = &alerts.HealthFacts{
				From: journey.Health(text.Draw(t, "from")), To: rapid.SampledFrom([]journey.Health{"", green, yellow, red, "blue"}).Draw(t, "to"),
				Score: maybe.Draw(t, "score"), PreviousScore: maybe.Draw(t, "previous"), Reason: text.Draw(t, "reason"),
			}
		case 1:
			f.Limit = &alerts.LimitFacts{Resource: text.Draw(t, "resource"), Used: number.Draw(t, "used"), Limit: number.Draw(t, "limit"), PeriodEnd: when.Draw(t, "end")}
		case 2:
			f.PQL = &alerts.PQLFacts{Score: number.Draw(t, "score"), Contact: contact.Draw(t, "contact"), Reasons: rapid.SliceOfN(text, 0, 3).Draw(t, "reasons")}
		case 3:
			f.Dropoff = &alerts.DropoffFacts{Milestone: text.Draw(t, "milestone"), ExpectedBy: when.Draw(t, "by"), Progress: []alerts.Progress{{text.Draw(t, "kpi"), number.Draw(t, "have"), number.Draw(t, "need")}}}
		case 4:
			f.Reached = &alerts.ReachedFacts{Milestone: text.Draw(t, "milestone")}
		case 5:
			f.Contact = &alerts.ContactFacts{Role: text.Draw(t, "role"), From: text.Draw(t, "from"), To: text.Draw(t, "to")}
		case 6:
			f.Renewal = &alerts.RenewalFacts{RenewalDate: date.Draw(t, "renewal"), ARR: rapid.Ptr(rapid.Int64(), true).Draw(t, "arr")}
		case 7:
			f.Support = &alerts.SupportFacts{Ticket: text.Draw(t, "ticket"), Status: text.Draw(t, "status"), Priority: text.Draw(t, "priority"), AgeDays: maybe.Draw(t, "age")}
		case 8:
			f.Survey = &alerts.SurveyFacts{Survey: text.Draw(t, "survey"), Score: number.Draw(t, "score"), Contact: contact.Draw(t, "contact")}
		case 9:
			f.Silence = &alerts.SilenceFacts{LastTouch: when.Draw(t, "touch")}
		}
		return f
	})
	event := rapid.Custom(func(t *rapid.T) alerts.Event {
		ev := alerts.Event{Account: rapid.SampledFrom([]string{"", "acme", "other"}).Draw(t, "account"), At: when.Draw(t, "at"), Seq: rapid.Uint64().Draw(t, "seq")}
		switch rapid.IntRange(0, 5).Draw(t, "payload") {
		case 0:
			ev.Patch = &journey.Patch{
				Owner: journey.SetTo(text.Draw(t, "owner")), Status: journey.SetTo(text.Draw(t, "status")), RenewalDate: journey.SetTo(date.Draw(t, "renewal")),
				ARR: journey.SetTo(rapid.Ptr(rapid.Int64(), true).Draw(t, "arr")), Contacts: journey.SetTo(rapid.SliceOfN(contact, 0, 4).Draw(t, "contacts")), At: when.Draw(t, "patch at"),
			}
		case 1:
			ev.KPIs = rapid.MapOfN(text, number, 0, 3).Draw(t, "kpis")
		case 2:
			ev.Touch = &alerts.Touch{}
		default:
			ev.Signal = &alerts.Signal{Kind: rapid.SampledFrom(append(slices.Clone(alerts.Kinds), "", "weather")).Draw(t, "kind"), About: text.Draw(t, "about"), Facts: facts.Draw(t, "facts")}
		}
		return ev
	})
	dos := []alerts.Do{
		"", alerts.DoAck, alerts.DoUnack, alerts.DoAssign, alerts.DoSnooze, alerts.DoResolve, alerts.DoAmend, alerts.DoReopen, alerts.DoNote,
		alerts.DoTick, alerts.DoStillOn, alerts.DoExtend, alerts.DoTimers, alerts.DoSetOwner,
	}
	template, err := alerts.CompileText("{{.Account.Name}} {{.Account.ARR}} {{.Account.RenewalDate}} {{.Alert.Reason}} {{.Alert.Used}} {{.Alert.HitAt}} {{.Alert.Score}} {{.Alert.AgeDays}}")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		if rapid.Bool().Draw(t, "empty rules") {
			w.rules = &alerts.Rules{}
		}
		for _, ev := range rapid.SliceOfN(event, 1, 12).Draw(t, "events") {
			w.seq++
			w.rules.Ingest(w.ws, ev, w.now)
			for _, live := range w.ws.Live {
				in := alerts.Input{
					Do: rapid.SampledFrom(dos).Draw(t, "do"), By: alerts.Actor{UserID: text.Draw(t, "by"), Name: text.Draw(t, "name")},
					User: alerts.Person{UserID: text.Draw(t, "user")}, Until: when.Draw(t, "until"), Outcome: alerts.Saved, Note: text.Draw(t, "note"), Step: text.Draw(t, "step"),
				}
				r, err := w.rules.Apply(*live, in, when.Draw(t, "now"))
				if err == nil {
					explains(t, *live, r)
				}
				template.Render(alerts.View{Alert: r.Alert, Account: *w.ws.Accounts[live.Account]}, w.rules)
			}
		}
		for _, r := range w.ws.Changes.Results {
			require.NotEmpty(t, r.History)
			for _, p := range r.Places {
				require.True(t, p.Body == nil || json.Valid(p.Body))
			}
		}
		for key, c := range w.ws.Conditions {
			require.Equal(t, key, c.Key)
			require.LessOrEqual(t, len(c.Changes), 10)
		}
	})
}

// FuzzCompileWhen: no source text may panic the compiler, and a refusal has a place.
func FuzzCompileWhen(f *testing.F) {
	for _, s := range []string{`kind == "pql"`, `account.arr > 1 and not (severity >= "high")`, `signal.to in ["red"]`, `(((`, `1 .. 2`, `"\u{1F600}" matches "("`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		w, err := alerts.CompileWhen(source)
		if err != nil {
			var place *alerts.SourceError
			require.True(t, errors.As(err, &place))
			require.Positive(t, place.Line)
			require.Positive(t, place.Column)
			return
		}
		w.Match(alerts.Case{Kind: alerts.HealthShift, Account: acme(), Facts: redShift(), Now: now})
	})
}

// FuzzCompileText: what compiles also renders, without an error and bounded.
func FuzzCompileText(f *testing.F) {
	for _, s := range []string{"Call {{.Account.Champion.Name}}", `{{if and .Account.ARR (eq .Alert.Kind "pql")}}{{money .Account.ARR}}{{end}}`, `{{plural .Alert.Count "a" "b" | ne "x"}}`, "{{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		text, err := alerts.CompileText(source)
		if err != nil {
			var place *alerts.SourceError
			require.True(t, errors.As(err, &place))
			return
		}
		out := text.Render(alerts.View{Account: acme(), Alert: in(alerts.Open)}, rules())
		require.LessOrEqual(t, len(out), 4000)
		require.False(t, strings.Contains(source, "{{") && out == source, "it failed while it ran")
	})
}
