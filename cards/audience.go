package cards

import (
	"slices"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
)

// shown is the view as it may be drawn: whole, or for an audience with outsiders without revenue, the customer's people,
// what they said, and notes. Drawing what is left needs no further care, so it comes first in everything that draws.
func (s Style) shown(v alerts.View) alerts.View {
	if !s.Guarded {
		return v
	}
	v.Account = guardedAccount(v.Account)
	v.Alert = guardedAlert(v.Alert)
	v.History = guardedHistory(v.Alert.Kind, v.History)
	if len(v.Risks) > 0 {
		risks := make([]alerts.Alert, len(v.Risks))
		for i, r := range v.Risks {
			risks[i] = guardedAlert(r)
		}
		v.Risks = risks
	}
	return v
}

// shownAccount is shown for what `/journey acme` shows.
func (s Style) shownAccount(v alerts.AccountView) alerts.AccountView {
	if !s.Guarded {
		return v
	}
	v.Account = guardedAccount(v.Account)
	v.Live, v.Past = slices.Clone(v.Live), slices.Clone(v.Past)
	for i := range v.Live {
		v.Live[i] = s.shown(v.Live[i])
	}
	for i := range v.Past {
		v.Past[i] = guardedAlert(v.Past[i])
	}
	v.KPIs = slices.DeleteFunc(slices.Clone(v.KPIs), func(k journey.Series) bool { return monetary(k.Name) })
	return v
}

// orLeftOut says that a reason is missing because of who reads along, or that nobody knows it.
func (s Style) orLeftOut(why plain) plain {
	if why == "" && s.Guarded {
		return "left out here, because people from outside read along"
	}
	return orUnknown(why)
}

// monetary reports whether a measure tells revenue, going by its name.
func monetary(name string) bool {
	folded := journey.Fold(name)
	return slices.ContainsFunc([]string{"arr", "mrr", "acv", "tcv", "revenue", "price", "spend", "invoice", "discount", "billing"}, func(word string) bool {
		return strings.Contains(folded, word)
	})
}

func guardedAccount(a journey.Account) journey.Account {
	a.ARR, a.Contacts, a.CRMURL = nil, nil, ""
	return a
}

func guardedAlert(a alerts.Alert) alerts.Alert {
	a.OutcomeARR, a.OwnerNote, a.Play.Acts = nil, "", guardedActs(a.Play.Acts)
	a.Facts = guardedFacts(a.Facts)
	return a
}

// guardedActs keep what was asked for and whether it worked, without what other systems say about it.
func guardedActs(acts []alerts.Act) []alerts.Act {
	acts = slices.Clone(acts)
	for i := range acts {
		acts[i].Message = ""
	}
	return acts
}

// guardedFacts keep numbers and the words of machines. Reasons are sentences in which people may be quoted.
func guardedFacts(f alerts.Facts) alerts.Facts {
	if f.Health != nil {
		h := *f.Health
		h.Reason = ""
		h.Drivers = slices.DeleteFunc(slices.Clone(h.Drivers), func(d alerts.Driver) bool {
			return monetary(d.Measure) || !figure(d.From) || !figure(d.To)
		})
		f.Health = &h
	}
	if f.Limit != nil {
		l := *f.Limit
		if monetary(l.Resource) || monetary(l.Unit) {
			l.Used, l.Limit, l.PerDay = 0, 0, nil
		}
		f.Limit = &l
	}
	if f.PQL != nil {
		q := *f.PQL
		q.Reasons, q.Contact = nil, journey.Contact{}
		f.PQL = &q
	}
	if f.Dropoff != nil {
		d := *f.Dropoff
		d.Contact, d.User = journey.Contact{}, ""
		f.Dropoff = &d
	}
	if f.Contact != nil {
		f.Contact = &alerts.ContactFacts{Role: f.Contact.Role}
	}
	if f.Renewal != nil {
		f.Renewal = &alerts.RenewalFacts{RenewalDate: f.Renewal.RenewalDate}
	}
	if f.Support != nil {
		t := *f.Support
		t.Title, t.Topic = "", ""
		f.Support = &t
	}
	if f.Survey != nil {
		f.Survey = &alerts.SurveyFacts{Survey: f.Survey.Survey, Score: f.Survey.Score}
	}
	return f
}

// figure reports whether a measure's value is a number, or not known.
func figure(text string) bool {
	_, ok := parseNumber(text)
	return ok || strings.TrimSpace(text) == ""
}

// guardedHistory keeps who did what and when, and what was measured.
func guardedHistory(kind alerts.Kind, history []alerts.Entry) []alerts.Entry {
	kept := make([]alerts.Entry, 0, len(history))
	for _, e := range history {
		if e.What == alerts.DidNote {
			continue
		}
		e.Data.Note, e.Data.ARR, e.Data.Fields = "", nil, nil
		if e.Data.Look != nil {
			look := *e.Data.Look
			look.Then.ARR, look.Now.ARR = nil, nil
			e.Data.Look = &look
		}
		if kind == alerts.ContactChanged || kind == alerts.Support || e.What == alerts.DidForecast {
			e.Data.Before, e.Data.After = "", ""
		}
		kept = append(kept, e)
	}
	return kept
}

// shownMoments are the moments of a timeline that may be drawn: for outsiders without notes, and without what people said.
func (s Style) shownMoments(moments []alerts.Moment) []alerts.Moment {
	if !s.Guarded {
		return moments
	}
	kept := make([]alerts.Moment, 0, len(moments))
	for _, m := range moments {
		switch {
		case m.Note != nil:
			continue
		case m.Touch != nil:
			m.Touch = &alerts.Touch{Channel: m.Touch.Channel}
		case m.Mute != nil:
			mute := *m.Mute
			mute.Reason = ""
			m.Mute = &mute
		case m.Alert != nil:
			history := guardedHistory(m.Alert.Alert.Kind, []alerts.Entry{m.Alert.Entry})
			if len(history) == 0 {
				continue
			}
			m.Alert = &alerts.AlertMoment{Alert: guardedAlert(m.Alert.Alert), Entry: history[0]}
		}
		kept = append(kept, m)
	}
	return kept
}
