package cards_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var nasty = []string{
	"", " ", "Acme Corp", strings.Repeat("x", 300), strings.Repeat("&", 400), strings.Repeat("🧑🏽‍🚀", 120), strings.Repeat("é\u0301", 200),
	"<!channel>", "<!everyone> @here @channel", "<@U12345678>", "<!subteam^S123|@x>", "<https://evil.example|Acme>", "a|b|c",
	"```code``` `x`",
	"*b* _i_ ~s~ snake_case", "\x00nul\x07\x1b[31m", "line\nbreak\r\n\u2028x", "\u202egnp.exe\u202c \u2066x\u2069", "شركة الأمل 72",
	strings.Repeat("שלום ", 60),
	"ООО «Ромашка»", "株式会社", "\u200b\u200b\ufeff", "\xff\xfe broken", "&amp;amp; &lt;", "{{.Account}} %s %d", "javascript:alert(1)",
	"🏴󠁧󠁢󠁥󠁮󠁧󠁿", "> quote", "\u0007",
}

var text = rapid.Custom(func(t *rapid.T) string {
	if rapid.Bool().Draw(t, "nasty") {
		return rapid.SampledFrom(nasty).Draw(t, "text")
	}
	return rapid.String().Draw(t, "text") + rapid.SampledFrom(nasty).Draw(t, "more")
})

var value = rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
	0, -1, 44.4, 1e18, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1),
}))

var moment = rapid.Custom(func(t *rapid.T) time.Time {
	return rapid.SampledFrom([]time.Time{
		{},
		now, ago(time.Hour), ago(100 * day), ago(4000 * day), now.Add(400 * day), time.Unix(0, 0),
		time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC),
	}).Draw(t, "moment")
})

var address = rapid.SampledFrom([]string{
	"", "https://crm.example/a?b=1&c=<x>|y", "http://x", "javascript:alert(1)", "https://", "HTTPS://CRM.example/ok",
	"https://u:p@evil.example", "ftp://x.example", "https://x.example/" + strings.Repeat("a", 4000),
	"https://x.example/" + strings.Repeat("a", 900), "https://x.example/\u202e\n`", "//x.example", "https://x.example/a b|c>d",
})

func maybe[T any](t *rapid.T, g *rapid.Generator[T]) *T {
	if rapid.Bool().Draw(t, "known") {
		return ptr(g.Draw(t, "value"))
	}
	return nil
}

var person = rapid.Custom(func(t *rapid.T) journey.Contact {
	return journey.Contact{
		Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), Title: text.Draw(t, "title"), Role: text.Draw(t, "role"),
		LeftAt: moment.Draw(t, "left"),
	}
})

var calendarDay = rapid.Map(rapid.OneOf(rapid.Int32Range(0, 99999999), rapid.SampledFrom([]int32{
	0, 20261124, 20261123, 20270220,
})), func(n int32) journey.Day { return journey.Day(n) })

var anyAccount = rapid.Custom(func(t *rapid.T) journey.Account {
	return journey.Account{
		ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), CRMURL: address.Draw(t, "crm"), Segment: text.Draw(t, "segment"),
		Plan: text.Draw(t, "plan"),
		ARR:  maybe(t, rapid.Int64()), RenewalDate: calendarDay.Draw(t, "renewal"), Owner: text.Draw(t, "owner"),
		SalesOwner: text.Draw(t, "sales"),
		Contacts:   rapid.SliceOfN(person, 0, 8).Draw(t, "contacts"), Health: journey.Health(text.Draw(t, "health")),
		Score: maybe(t, value), HealthAt: moment.Draw(t, "health at"),
		Stage: text.Draw(t, "stage"), StageAt: moment.Draw(t, "stage at"), LastTouch: moment.Draw(t, "touch"),
	}
})

var anyFacts = rapid.Custom(func(t *rapid.T) alerts.Facts {
	f := alerts.Facts{AsOf: moment.Draw(t, "as of")}
	if rapid.Bool().Draw(t, "none") {
		return f
	}
	driver := rapid.Custom(func(t *rapid.T) alerts.Driver {
		return alerts.Driver{Measure: text.Draw(t, "measure"), From: text.Draw(t, "from"), To: text.Draw(t, "to")}
	})
	progress := rapid.Custom(func(t *rapid.T) alerts.Progress {
		return alerts.Progress{KPI: text.Draw(t, "kpi"), Have: value.Draw(t, "have"), Need: value.Draw(t, "need")}
	})
	drivers := rapid.SliceOfN(driver, 0, 4).Draw(t, "drivers")
	if len(drivers) > 0 && rapid.Bool().Draw(t, "many") {
		for len(drivers) < 200 {
			drivers = append(drivers, drivers[0])
		}
	}
	f.Health = &alerts.HealthFacts{
		From: journey.Health(text.Draw(t, "from")), To: journey.Health(text.Draw(t, "to")), Score: maybe(t, value),
		PreviousScore: maybe(t, value), Drivers: drivers, Reason: text.Draw(t, "reason"),
	}
	f.Limit = &alerts.LimitFacts{
		Resource: text.Draw(t, "resource"), Used: value.Draw(t, "used"), Limit: value.Draw(t, "limit"), Unit: text.Draw(t, "unit"),
		PeriodEnd: moment.Draw(t, "end"),
		Hard:      maybe(t, rapid.Bool()), CustomerTold: maybe(t, rapid.Bool()), NextPlan: text.Draw(t, "next"),
		HitAt: moment.Draw(t, "hit"), PerDay: maybe(t, value),
	}
	f.PQL = &alerts.PQLFacts{
		Score: value.Draw(t, "score"), Reasons: rapid.SliceOfN(text, 0, 9).Draw(t, "reasons"), Contact: person.Draw(t, "contact"),
		Plan: text.Draw(t, "plan"), Trigger: text.Draw(t, "trigger"), Fit: maybe(t, value),
	}
	f.Dropoff = &alerts.DropoffFacts{
		Milestone: text.Draw(t, "milestone"), ExpectedBy: moment.Draw(t, "by"),
		Progress: rapid.SliceOfN(progress, 0, 20).Draw(t, "progress"),
	}
	f.Reached = &alerts.ReachedFacts{Milestone: text.Draw(t, "reached")}
	f.Contact = &alerts.ContactFacts{Role: text.Draw(t, "role"), From: text.Draw(t, "who"), To: text.Draw(t, "whom")}
	f.Renewal = &alerts.RenewalFacts{RenewalDate: calendarDay.Draw(t, "day"), ARR: maybe(t, rapid.Int64())}
	f.Support = &alerts.SupportFacts{
		Ticket: text.Draw(t, "ticket"), Priority: text.Draw(t, "priority"), Title: text.Draw(t, "title"), Topic: text.Draw(t, "topic"),
		StageHint: text.Draw(t, "hint"), AgeDays: maybe(t, value),
	}
	f.Survey = &alerts.SurveyFacts{
		Survey: text.Draw(t, "survey"), Score: value.Draw(t, "answer"), Comment: text.Draw(t, "comment"),
		Contact: person.Draw(t, "who answered"),
	}
	f.Dropoff.Why = rapid.SampledFrom([]alerts.DropoffWhy{alerts.DropoffLate, alerts.DropoffLost, alerts.DropoffLosing, alerts.DropoffNear}).Draw(t, "dropoff")
	f.Dropoff.User, f.Dropoff.Contact = text.Draw(t, "user"), person.Draw(t, "whom to talk to")
	f.Path = &alerts.PathFacts{Title: text.Draw(t, "path"), Since: calendarDay.Draw(t, "path since")}
	f.Silence = &alerts.SilenceFacts{LastTouch: moment.Draw(t, "silent since")}
	return f
})

var userID = rapid.SampledFrom([]string{"", "UMARIA", "W0X", "S0LEADS", "U0GONE", "<!channel>", "U1|x", strings.Repeat("U", 99)})

var anyEntry = rapid.Custom(func(t *rapid.T) alerts.Entry {
	return alerts.Entry{
		At: moment.Draw(t, "at"), Actor: alerts.Actor{UserID: userID.Draw(t, "by"), Name: text.Draw(t, "name")},
		What: rapid.SampledFrom([]alerts.What{
			alerts.DidOpen, alerts.DidRepeat, alerts.DidWorsen, alerts.DidEase, alerts.DidRecover, alerts.DidAck, alerts.DidUnack,
			alerts.DidAssign, alerts.DidSnooze, alerts.DidWake, alerts.DidEscalate,
			alerts.DidRemind, alerts.DidResolve, alerts.DidAmend, alerts.DidReopen, alerts.DidExpire, alerts.DidNote, alerts.DidTick,
			alerts.DidSetOwner, alerts.DidExtend, alerts.DidReview, alerts.DidStillOn, "later",
			alerts.DidHold, alerts.DidRelease, alerts.DidClear, alerts.DidKeep, alerts.DidAsk, alerts.DidReserve, alerts.DidMerge, alerts.DidDisown, alerts.DidForecast,
		}).Draw(t, "what"),
		To: rapid.SampledFrom([]alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Resolved}).Draw(t, "to"),
		Data: alerts.EntryData{
			Before: text.Draw(t, "before"), After: text.Draw(t, "after"), User: userID.Draw(t, "user"),
			UserName: text.Draw(t, "user name"), Note: text.Draw(t, "note"),
			Outcome: alerts.Outcome(text.Draw(t, "outcome")), ARR: maybe(t, rapid.Int64()), Until: moment.Draw(t, "until"),
			Step: text.Draw(t, "step"), Target: text.Draw(t, "target"), Look: maybe(t, anyLook),
		},
	}
})

var anyLook = rapid.Custom(func(t *rapid.T) alerts.Look {
	stands := rapid.Custom(func(t *rapid.T) alerts.Standing {
		return alerts.Standing{
			Status: rapid.SampledFrom([]string{"", journey.StatusChurned, "<!here>"}).Draw(t, "status"), Health: journey.Health(text.Draw(t, "health")),
			Score: maybe(t, value), ARR: maybe(t, rapid.Int64()), Stage: text.Draw(t, "stage"),
		}
	})
	return alerts.Look{After: time.Duration(rapid.Int64().Draw(t, "after")), Then: stands.Draw(t, "then"), Now: stands.Draw(t, "now")}
})

var anyView = rapid.Custom(func(t *rapid.T) alerts.View {
	v := alerts.View{
		Account: anyAccount.Draw(t, "account"),
		Alert: alerts.Alert{
			ID:      rapid.SampledFrom([]string{alertID, "", strings.Repeat("i", 300), "a:b<>\n"}).Draw(t, "id"),
			ShortID: text.Draw(t, "short id"), Account: text.Draw(t, "account id"),
			Kind:     rapid.SampledFrom(append([]alerts.Kind{"later", "<!here>"}, alerts.Kinds...)).Draw(t, "kind"),
			Polarity: rapid.SampledFrom([]alerts.Polarity{"", alerts.Risk, alerts.Opportunity, alerts.Neutral}).Draw(t, "polarity"),
			Severity: alerts.Severity(rapid.IntRange(0, 4).Draw(t, "severity")),
			Status: rapid.SampledFrom([]alerts.Status{
				alerts.Open, alerts.Acknowledged, alerts.Snoozed, alerts.Resolved, alerts.Expired, "",
			}).Draw(t, "status"),
			Owner: userID.Draw(t, "owner"), OwnerRef: text.Draw(t, "owner ref"), OwnerNote: text.Draw(t, "owner note"), AckedBy: userID.Draw(t, "acked by"),
			AckedAt: moment.Draw(t, "acked at"), OpenedAt: moment.Draw(t, "opened"), ClosedAt: moment.Draw(t, "closed"),
			SignalAt: moment.Draw(t, "signal"), Count: rapid.IntRange(-1, 1e9).Draw(t, "count"),
			Playbook: rapid.SampledFrom([]string{"", "early-risk", "renewal", "gone"}).Draw(t, "playbook"),
			Facts:    anyFacts.Draw(t, "facts"),
			Outcome: rapid.SampledFrom([]alerts.Outcome{
				"", alerts.Saved, alerts.Recovered, alerts.ChurnedOut, alerts.MergedInto, "<!here>",
			}).Draw(t, "outcome"),
			OutcomeARR: maybe(t, rapid.Int64()), WakeAt: moment.Draw(t, "wake"), ReviewAt: moment.Draw(t, "review"),
			SnoozedFrom: rapid.SampledFrom([]alerts.Status{"", alerts.Open, alerts.Acknowledged}).Draw(t, "from"),
			Version:     rapid.Int64().Draw(t, "version"),
		},
		People: map[string]alerts.Person{"UMARIA": {UserID: "UMARIA", Name: text.Draw(t, "maria"), Email: text.Draw(t, "maria's address")}},
	}
	if rapid.Bool().Draw(t, "beside") {
		v.Alert.Hold = alerts.Hold{
			Reason: rapid.SampledFrom([]alerts.HoldReason{"", alerts.HoldCollision, alerts.HoldMute}).Draw(t, "hold"),
			Until:  moment.Draw(t, "held until"), By: "risk",
		}
		v.Alert.Clearance.ReservedBy = userID.Draw(t, "reserved by")
		v.Risks = []alerts.Alert{{ID: "risk", ShortID: text.Draw(t, "risk"), Facts: anyFacts.Draw(t, "risk's facts"), OwnerRef: text.Draw(t, "risk's owner")}}
	}
	happen(&v, rapid.SliceOfN(anyEntry, 0, 30).Draw(t, "history")...)
	return v
})

// maxDrawing is a bound of our own, in bytes of JSON: Slack refuses messages that are too large without saying how large that is.
const maxDrawing = 40_000

func requireSafe(t *rapid.T, draw func() cards.Drawing) {
	d := draw()
	requireAccepted(t, d)
	require.Equal(t, d.Hash(), draw().Hash())
	raw, err := json.Marshal(d.Blocks)
	require.NoError(t, err)
	require.Less(t, len(raw), maxDrawing)
}

// The TestHostile tests run one after the other: they share generators, which are not for concurrent use.

func TestHostileAlert(t *testing.T) {
	s := style(t)
	rapid.Check(t, func(t *rapid.T) {
		v, mention := anyView.Draw(t, "view"), rapid.Bool().Draw(t, "mention")
		requireSafe(t, func() cards.Drawing { return cards.Alert(s, v, mention) })
		taken := &alerts.TakenError{By: alerts.Actor{UserID: userID.Draw(t, "taker"), Name: v.Alert.ShortID}, At: v.Alert.AckedAt}
		requireSafe(t, func() cards.Drawing { return cards.Taken(s, v, taken) })
	})
}

func TestHostileThread(t *testing.T) {
	s := style(t)
	rapid.Check(t, func(t *rapid.T) {
		v := anyView.Draw(t, "view")
		d, ok := cards.Thread(s, v, 0)
		if ok {
			requireAccepted(t, d)
		}
		closed := cards.Closed(s, v, &alerts.ClosedError{Status: v.Alert.Status, Outcome: v.Alert.Outcome, At: v.Alert.ClosedAt})
		requireAccepted(t, closed)
	})
}

func TestHostileJourney(t *testing.T) {
	s := style(t)
	rapid.Check(t, func(t *rapid.T) {
		point := rapid.Custom(func(t *rapid.T) journey.Point {
			return journey.Point{At: moment.Draw(t, "at"), Value: value.Draw(t, "value")}
		})
		series := rapid.Custom(func(t *rapid.T) journey.Series {
			return journey.Series{Name: text.Draw(t, "kpi"), Points: rapid.SliceOfN(point, 0, 12).Draw(t, "points")}
		})
		v := alerts.AccountView{
			Account: anyAccount.Draw(t, "account"), KPIs: rapid.SliceOfN(series, 0, 15).Draw(t, "kpis"),
			Live: rapid.SliceOfN(anyView, 0, 3).Draw(t, "live"),
		}
		for len(v.Live) > 0 && len(v.Live) < 40 && rapid.Bool().Draw(t, "more") {
			v.Live = append(v.Live, v.Live...)
		}
		for _, live := range v.Live {
			v.Past = append(v.Past, live.Alert)
		}
		requireSafe(t, func() cards.Drawing { return cards.Journey(s, v) })
		f := alerts.Filter{
			Owner: userID.Draw(t, "owner"), Red: rapid.Bool().Draw(t, "red"), Account: text.Draw(t, "of"),
			Channel: alerts.Target(text.Draw(t, "in")), Offset: rapid.IntRange(0, 1e6).Draw(t, "offset"),
			Limit: rapid.IntRange(0, 99).Draw(t, "limit"),
		}
		total := rapid.IntRange(0, 1e6).Draw(t, "total")
		requireSafe(t, func() cards.Drawing { return cards.AlertList(s, f, v.Live, total) })
	})
}

func TestHostileAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := cards.Style{Now: moment.Draw(t, "now"), Command: text.Draw(t, "command")}
		match := rapid.Custom(func(t *rapid.T) journey.Match {
			return journey.Match{
				AccountID: text.Draw(t, "id"), Name: text.Draw(t, "name"),
				How: rapid.SampledFrom([]journey.MatchHow{journey.MatchName, journey.MatchPrefix, journey.MatchSpelling}).Draw(t, "how"),
			}
		})
		l := journey.Lookup{Query: text.Draw(t, "query"), Matches: rapid.SliceOfN(match, 0, 40).Draw(t, "matches")}
		requireSafe(t, func() cards.Drawing { return cards.Choose(s, l) })
		unknown, nearest := text.Draw(t, "unknown"), text.Draw(t, "nearest")
		requireSafe(t, func() cards.Drawing {
			return cards.Help(s, unknown, nearest, []cards.Command{{Usage: unknown, Does: nearest, Example: unknown}})
		})
		n := alerts.Notice{
			Text: text.Draw(t, "notice"), AlertID: text.Draw(t, "alert"), Mention: rapid.OneOf(userID, text).Draw(t, "mention"),
			Waits: text.Draw(t, "waits"),
		}
		requireSafe(t, func() cards.Drawing { return cards.Notice(s, n) })
	})
}

func FuzzName(f *testing.F) {
	for _, s := range nasty {
		f.Add(s, s)
	}
	s := style(f)
	f.Fuzz(func(t *testing.T, name, reason string) {
		v := view(alerts.HealthShift)
		v.Account.Name, v.Account.CRMURL = name, reason
		v.Alert.Facts.Health = &alerts.HealthFacts{Reason: reason, Drivers: []alerts.Driver{{Measure: name, From: reason, To: name}}}
		requireAccepted(t, cards.Alert(s, v, true))
		requireAccepted(t, cards.Notice(s, alerts.Notice{Text: reason + name, Mention: name}))
	})
}
