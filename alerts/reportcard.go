package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// What makes a rule worth a second look.
const (
	MostFalseAlarms = 0.2 // of what people closed
	LeastActedOn    = 0.2 // of all
)

// Proposal is what the report card proposes for a rule. It is a question to whoever writes the growth file: the bot changes nothing.
type Proposal string

// The proposals.
const (
	ProposeNothing Proposal = ""
	ProposeTighten Proposal = "tighten"
	ProposeRetire  Proposal = "retire"
)

// RuleTally is what came of the alerts of one kind that one route took. A duration that nothing was measured for is negative.
type RuleTally struct {
	Route       string
	Kind        Kind
	Alerts      int
	Acted       int // somebody acknowledged it, did a step or said how it ended
	Closed      int // by a person
	FalseAlarms int // of Closed
	Good        int // ended well, as far as is known
	Ack         time.Duration
	Resolve     time.Duration
	Ends        Ends
}

// FalseShare is the share of false alarms in what people closed.
func (t RuleTally) FalseShare() Share { return Share{Good: t.FalseAlarms, Cases: t.Closed} }

// ActedShare is the share of alerts that somebody acted on.
func (t RuleTally) ActedShare() Share { return Share{Good: t.Acted, Cases: t.Alerts} }

// Proposal is what the numbers speak for; nothing while there are fewer than EnoughCases of them. A rule with many false alarms is
// proposed for retirement when nothing good came of it, else for tightening; so is one that few act on.
func (t RuleTally) Proposal() Proposal {
	wrong := t.Closed >= EnoughCases && t.FalseShare().Of() > MostFalseAlarms
	ignored := t.Alerts >= EnoughCases && t.ActedShare().Of() < LeastActedOn
	switch {
	case !wrong && !ignored:
		return ProposeNothing
	case t.Good == 0:
		return ProposeRetire
	}
	return ProposeTighten
}

// RuleReport is the report card: what `/journey playbooks rules` shows, of the alerts that opened in the last days.
type RuleReport struct {
	Days  int
	Rules []RuleTally // those with a proposal first, then by alerts
}

// Proposed are the rules that something is proposed for.
func (r RuleReport) Proposed() []RuleTally {
	return slices.DeleteFunc(slices.Clone(r.Rules), func(t RuleTally) bool { return t.Proposal() == ProposeNothing })
}

// RuleReport tells what came of the alerts of each rule. An alert counts for every route that took it.
func (r *Rules) RuleReport(days int, runs []Run) RuleReport {
	type rule struct {
		route string
		kind  Kind
	}
	byRule := map[rule][]Run{}
	for _, run := range runs {
		if !run.counts() {
			continue
		}
		for _, route := range r.routes(run.Route) {
			byRule[rule{route, run.Kind}] = append(byRule[rule{route, run.Kind}], run)
		}
	}
	report := RuleReport{Days: days}
	for of, all := range byRule {
		report.Rules = append(report.Rules, tellRule(of.route, of.kind, all))
	}
	rank := []Proposal{ProposeRetire, ProposeTighten, ProposeNothing}
	slices.SortFunc(report.Rules, func(a, b RuleTally) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Proposal()), slices.Index(rank, b.Proposal())), cmp.Compare(b.Alerts, a.Alerts),
			strings.Compare(a.Route, b.Route), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return report
}

func tellRule(route string, kind Kind, runs []Run) RuleTally {
	t := RuleTally{Route: route, Kind: kind, Alerts: len(runs)}
	for _, run := range runs {
		t.Ends.add(run)
		if run.touched() {
			t.Acted++
		}
		if run.byHand() {
			t.Closed++
		}
		if run.Outcome == FalseAlarm {
			t.FalseAlarms++
		}
		if good, _ := run.result(); good {
			t.Good++
		}
	}
	t.Ack, t.Resolve = mediansOf(runs)
	return t
}
