package alerts

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// The events that leave, by the names that follow "journeybot.".
const (
	outOpened         = "alert.opened"
	outAcknowledged   = "alert.acknowledged"
	outUnacknowledged = "alert.unacknowledged"
	outAssigned       = "alert.assigned"
	outSnoozed        = "alert.snoozed"
	outEscalated      = "alert.escalated"
	outResolved       = "alert.resolved"
	outExpired        = "alert.expired"
	outReopened       = "alert.reopened"
	outStepDone       = "playbook.step_done"
	outStageChanged   = "stage.changed"
)

// alertData is the data of journeybot.alert.* and journeybot.playbook.step_done: the alert as it stands after the change.
// Unknown values are left out; money is in whole units of the currency.
type alertData struct {
	AlertID    string     `json:"alert_id"`
	ShortID    string     `json:"short_id"`
	Account    string     `json:"account"`
	Kind       Kind       `json:"kind"`
	About      string     `json:"about,omitempty"`
	Polarity   Polarity   `json:"polarity"`
	Severity   string     `json:"severity"`
	Status     Status     `json:"status"`
	Summary    string     `json:"summary"`
	Owner      string     `json:"owner,omitempty"`     // Slack id of a user or user group
	OwnerRef   string     `json:"owner_ref,omitempty"` // whom the route asked for
	Actor      string     `json:"actor,omitempty"`     // Slack user id; left out when the bot acted
	ActorName  string     `json:"actor_name,omitempty"`
	Count      int        `json:"count"`
	OpenedAt   time.Time  `json:"opened_at"`
	At         time.Time  `json:"at"` // of the change
	Route      string     `json:"route,omitempty"`
	Playbook   string     `json:"playbook,omitempty"`
	Outcome    Outcome    `json:"outcome,omitempty"`
	OutcomeARR *float64   `json:"outcome_arr,omitempty"`
	Note       string     `json:"note,omitempty"`
	Until      *time.Time `json:"until,omitempty"`           // snoozed until
	Step       string     `json:"step,omitempty"`            // of the playbook
	Escalation int        `json:"escalation_step,omitempty"` // how many escalation steps have fired
}

// stageData is the data of journeybot.stage.changed.
type stageData struct {
	Account string    `json:"account"`
	Map     string    `json:"map,omitempty"`
	From    string    `json:"from,omitempty"` // milestone ids
	To      string    `json:"to"`
	At      time.Time `json:"at"`
}

// number tells a change's events from those of the same alert's earlier changes in the set. Events that leave have their ids from
// the alert's version, which storage raises once however often the alert changes: a later change has its number in them too, so that
// two events of one type stay two.
func (ws *WorkingSet) number(r Result) Result {
	earlier := 0
	for _, other := range ws.Changes.Results {
		if other.Alert.ID == r.Alert.ID {
			earlier++
		}
	}
	if earlier > 0 {
		r.Outbound = slices.Clone(r.Outbound)
		for i := range r.Outbound {
			r.Outbound[i].ID += ":" + strconv.Itoa(earlier)
		}
	}
	return r
}

// out adds the event that tells other systems of the change. Its id comes from the alert, what happened and the version it
// happened to: a decision that is taken twice gives the same event.
func (c *change) out(name string) {
	a := c.a
	body, err := json.Marshal(c.data())
	if err != nil {
		return // texts and finite numbers always encode, times after the year 9999 do not
	}
	c.res.Outbound = append(c.res.Outbound, Outbound{
		ID: a.ID + ":" + name + ":" + strconv.FormatInt(a.Version, 10), Type: "journeybot." + name, Subject: a.ID, At: c.now, Data: body,
	})
}

// data is the alert as it stands after the change so far.
func (c *change) data() alertData {
	a := c.a
	return alertData{
		AlertID: a.ID, ShortID: a.ShortID, Account: a.Account, Kind: a.Kind, About: a.About, Polarity: a.Polarity,
		Severity: a.Severity.String(), Status: a.Status, Summary: c.r.summary(a), Owner: a.Owner, OwnerRef: a.OwnerRef,
		Actor: c.in.By.UserID, ActorName: c.in.By.Name, Count: a.Count, OpenedAt: a.OpenedAt, At: c.now, Route: a.Route, Playbook: a.Playbook,
		Outcome: a.Outcome, OutcomeARR: scaled(a.OutcomeARR, 0.01), Note: c.in.Note, Until: known(a.WakeAt), Step: c.in.Step, Escalation: a.Step,
	}
}
