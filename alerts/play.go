package alerts

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Errors about playbooks; none of them changes anything.
var (
	// ErrPlaybook: the playbook, step or action is none of the alert's.
	ErrPlaybook = errors.New("no such playbook, step or action")
	// ErrSwitched: somebody chose another playbook for the alert meanwhile.
	ErrSwitched = errors.New("the alert has another playbook now")
)

// ActedError is returned when somebody asked for the same a moment ago, and the answer has not come.
type ActedError struct{ Act Act }

// Error says what was asked for and when.
func (e *ActedError) Error() string {
	return e.Act.Action + " was asked for by " + e.Act.By.UserID + " at " + e.Act.At.UTC().Format(time.RFC3339)
}

// Asked is what a button of the playbook asks of another system: it leaves as journeybot.action.<Name>.
type Asked struct {
	Playbook string // the one that the button belongs to
	Action   string // id of the button
	Label    string
	Name     string
	Account  string         // title of the account
	Data     map[string]any // filled in: no templates are left
	Fields   []Field        // of a form, for the history
	Kept     bool           // a form: see Act
}

// Field is an answer in a form, as people read it.
type Field struct{ Label, Value string }

// actionData is the data of journeybot.action.*.
type actionData struct {
	alertData

	Action      string         `json:"action"` // what growth.action.result names
	Name        string         `json:"name"`
	Label       string         `json:"label"`
	AccountName string         `json:"account_name,omitempty"`
	Data        map[string]any `json:"data"`
}

// tick marks a step as done, or takes that back. What is so already stays as it is: two people may press at once.
func (c *change) tick() error {
	if c.in.Step == "" {
		return nil
	}
	if c.in.Playbook != "" && c.in.Playbook != c.a.Playbook {
		return ErrSwitched
	}
	p, known := c.r.Playbook(c.a)
	step, has := p.StepNamed(c.in.Step)
	if !known || !has {
		return ErrPlaybook
	}
	if _, done := p.Ticked(c.a, c.in.Step); done == c.in.Done {
		return nil
	}
	c.a.Play = c.a.Play.set(Tick{Playbook: p.Name, Step: c.in.Step, By: c.in.By, At: c.now}, c.in.Done)
	c.did(DidTick, EntryData{Step: c.in.Step, Done: c.in.Done, Note: c.in.Note, Playbook: p.Name, Until: c.r.StepDue(c.a, step)})
	c.active()
	if c.in.Done {
		c.out(outStepDone)
	}
	return nil
}

// switchBook gives the alert another playbook. The ticks of the old one are kept: whoever switches back finds them.
func (c *change) switchBook() error {
	if c.in.Playbook == c.a.Playbook {
		return nil
	}
	if _, known := c.r.PlaybookNamed(c.in.Playbook); !known {
		return ErrPlaybook
	}
	before := c.a.Playbook
	c.a.Playbook, c.a.Play.Since = c.in.Playbook, c.now
	c.did(DidSwitch, EntryData{Before: before, After: c.a.Playbook, Playbook: c.a.Playbook})
	c.active()
	return nil
}

// act asks another system to do something. Two people who press the same button at once ask once.
func (c *change) act() error {
	asked := c.in.Asked
	if asked.Playbook != c.a.Playbook {
		return ErrSwitched
	}
	for _, act := range c.a.Play.Acts {
		if act.Playbook == asked.Playbook && act.Action == asked.Action && act.Waits(c.now) {
			return &ActedError{act}
		}
	}
	name := "action." + asked.Name
	id := c.a.ID + ":" + name + ":" + strconv.FormatInt(c.a.Version, 10)
	body, err := json.Marshal(actionData{
		alertData: c.data(), Action: id, Name: asked.Name, Label: asked.Label, AccountName: asked.Account, Data: asked.Data,
	})
	if err != nil {
		return err
	}
	acts := append(slices.Clone(c.a.Play.Acts), Act{ID: id, Playbook: asked.Playbook, Action: asked.Action, Label: asked.Label, By: c.in.By, At: c.now, Kept: asked.Kept})
	c.a.Play.Acts = acts[max(0, len(acts)-maxActs):]
	c.did(DidAct, EntryData{Step: asked.Action, Target: asked.Label, Playbook: asked.Playbook, Fields: asked.Fields})
	c.active()
	c.res.Outbound = append(c.res.Outbound, Outbound{ID: id, Type: "journeybot." + name, Subject: c.a.ID, At: c.now, Data: body})
	return nil
}

// answer keeps what another system says about an action. The zero Result changes nothing: the alert does not know the action, or knows
// a newer answer.
func (r *Rules) answer(ws *WorkingSet, ev Event, now time.Time) EventResult {
	alert := ws.Asked[ActedOn(ev.Result.Action)]
	if alert == nil {
		return ResultStored
	}
	c := r.begin(*alert, Input{Origin: "event"}, now)
	c.eventID, c.at = ev.Source+" "+ev.ID, ev.At
	result := c.answered(*ev.Result)
	if result == ResultUpdated {
		ws.Changes.Results = append(ws.Changes.Results, ws.number(c.result()))
		ws.keep(&c.a)
	}
	return result
}

func (c *change) answered(got ActionResult) EventResult {
	i := slices.IndexFunc(c.a.Play.Acts, func(a Act) bool { return a.ID == got.Action })
	if i < 0 {
		return ResultStored
	}
	act := c.a.Play.Acts[i]
	if c.at.Before(act.Answered) {
		return ResultStale
	}
	act.Answered, act.OK, act.Message = c.at, got.OK, got.Message
	c.a.Play.Acts = slices.Clone(c.a.Play.Acts)
	c.a.Play.Acts[i] = act
	c.did(DidAnswer, EntryData{EventID: c.eventID, Step: act.Action, Target: act.Label, Playbook: act.Playbook, Done: got.OK, Note: got.Message})
	c.redraw(PriorityClick)
	return ResultUpdated
}

// overdue reminds whoever a step belongs to that its time is over, each step once.
func (c *change) overdue() error {
	late := c.r.pending(c.a, c.a.Play.Reminded, c.now)
	c.a.Play.Reminded = later(c.a.Play.Reminded, c.now)
	c.a.TaskAt = c.r.nextDue(c.a, c.now)
	mine, sales := []Step(nil), []Step(nil)
	for _, s := range late {
		if s.Role == RoleSales && c.salesOwner() != "" {
			sales = append(sales, s)
		} else {
			mine = append(mine, s)
		}
	}
	if len(mine) > 0 {
		c.tellOwner("task", c.lateSteps(mine, isPerson(c.a.Owner)))
		c.did(DidRemind, EntryData{User: c.a.Owner, Step: mine[0].ID, Playbook: c.a.Playbook})
	}
	if len(sales) > 0 {
		c.tell(c.salesOwner(), "task-sales", c.lateSteps(sales, true))
		c.did(DidRemind, EntryData{User: c.salesOwner(), UserName: c.in.Around.Sales.Called(), Step: sales[0].ID, Playbook: c.a.Playbook})
	}
	return nil
}

// RoleSales is the role of steps that belong to the account's sales owner; every other role's are the alert owner's.
const RoleSales = "sales"

// salesOwner is whom a step of sales belongs to, when that is somebody else than the owner.
func (c *change) salesOwner() string {
	if id := c.in.Around.Sales.UserID; id != c.a.Owner {
		return id
	}
	return ""
}

// lateSteps says which steps are overdue. named: the reader may know the names of the account's contacts.
func (c *change) lateSteps(steps []Step, named bool) string {
	v := View{Alert: c.a, At: c.now}
	if named {
		v.Account = c.in.Around.Account
	}
	titles := make([]string, len(steps))
	for i, s := range steps {
		titles[i] = "“" + plain(s.Title.Render(v, c.r)) + "”"
	}
	verb := " is overdue since "
	if len(steps) > 1 {
		verb = " are overdue, the first since "
	}
	return c.name() + ": " + strings.Join(titles, ", ") + verb + c.slackTime(c.r.StepDue(c.a, steps[0])) + ". It is about " + c.about() + "."
}
