package cards

import "journeybot/alerts"

// controls are the row of a live alert, always in this order: primary, the kind's own, Snooze, Resolve, ⋯.
func (s Style) controls(v alerts.View) []control {
	a := v.Alert
	var row []control
	if untaken(a) {
		row = append(row, acknowledge(a, true))
	} else {
		row = append(row, s.stepDone(v))
	}
	if k := kinds[a.Kind]; k.own != nil && (a.Status == alerts.Open || k.stays && a.Status == alerts.Acknowledged) {
		row = append(row, k.own(a.ID)...)
	}
	row = append(row, snooze(a))
	if a.Kind != alerts.PQL || a.Status != alerts.Open {
		row = append(row, menu(ActionResolve, "Resolve", s.outcomes(a)))
	}
	return append(row, more(others(v)...))
}

// untaken says that nobody has acknowledged the alert yet.
func untaken(a alerts.Alert) bool {
	return a.Status == alerts.Open || a.Status == alerts.Snoozed && a.SnoozedFrom != alerts.Acknowledged
}

// stepDone ticks the step that the card names as next.
func (s Style) stepDone(v alerts.View) control {
	if v.Alert.Status != alerts.Acknowledged || s.Rules == nil {
		return control{}
	}
	book, _ := s.Rules.Playbook(v.Alert)
	step, ok := book.Next(v.Alert)
	if !ok {
		return control{}
	}
	c := button(ActionStepDone, "Mark step done", v.Alert.ID+":"+step.ID)
	c.primary = true
	return c
}

func acknowledge(a alerts.Alert, primary bool) control {
	label := kinds[a.Kind].ack
	if label == "" {
		label = "Acknowledge"
	}
	c := button(ActionAck, label, a.ID)
	c.primary = primary
	return c
}

func snooze(a alerts.Alert) control {
	return menu(ActionSnooze, "Snooze", []choice{
		{label: "1 hour", value: a.ID + ":1h"},
		{label: "Tomorrow 09:00", value: a.ID + ":tomorrow"},
		{label: "Next working day 09:00", value: a.ID + ":workday"},
		{label: "In a week", value: a.ID + ":week"},
		{label: "Pick a time…", value: a.ID + ":pick"},
	})
}

// outcomes are the choices of the Resolve menu.
func (s Style) outcomes(a alerts.Alert) []choice {
	rules := s.Rules
	if rules == nil {
		rules = &alerts.Rules{}
	}
	return outcomes(a.ID, rules.Outcomes(a))
}

func outcomes(id string, all []alerts.Outcome) []choice {
	choices := make([]choice, 0, len(all))
	for _, o := range all {
		label := outcomeWord(o)
		if o.NeedsNote() {
			label += "…"
		}
		choices = append(choices, choice{label: label, value: id + ":" + string(o)})
	}
	return choices
}

func outcomeWord(o alerts.Outcome) plain {
	if word := endings[o].word; word != "" {
		return word
	}
	return capital(words(string(o)))
}

// others are the choices of the ⋯ menu; the part after the id names an action without its "alert.".
func others(v alerts.View) []choice {
	a := v.Alert
	choices := []choice{{label: "Assign…", value: a.ID + ":assign"}, {label: "Add note…", value: a.ID + ":note"}}
	switch {
	case !untaken(a):
		choices = append(choices, choice{label: "Hand back", value: a.ID + ":unack"})
	case a.Status == alerts.Snoozed:
		choices = append(choices, choice{label: "Wake now", value: a.ID + ":unack"})
	}
	if a.Status == alerts.Open {
		choices = append(choices, choice{label: "Mute account…", value: a.ID + ":mute"})
	}
	choices = append(choices, choice{label: "Why this?", value: a.ID + ":why"})
	if address, ok := webAddress(v.Account.CRMURL); ok {
		choices = append(choices, choice{label: "Open in CRM", value: a.ID + ":open_url", url: address})
	}
	return choices
}
