package alerts

import (
	"fmt"
	"math"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ActionType says what a button of a playbook does.
type ActionType string

// The types of actions.
const (
	ActionLink    ActionType = "link"    // opens URL
	ActionPublish ActionType = "publish" // sends journeybot.action.<Name> with Data
	ActionMessage ActionType = "message" // shows a draft to edit, copy, mail, and with a Name to publish
	ActionForm    ActionType = "form"    // asks for Fields, keeps and publishes them
	ActionAssign  ActionType = "assign"  // to To, else to whom a form asks for
	ActionSnooze  ActionType = "snooze"  // for For, else until when a form asks for
)

// ActionTypes are all types of actions.
var ActionTypes = []ActionType{ActionLink, ActionPublish, ActionMessage, ActionForm, ActionAssign, ActionSnooze}

// Action is a button of a playbook. What its type does not need is zero.
type Action struct {
	ID      string
	Type    ActionType
	Label   string
	Name    string // of the event: journeybot.action.<Name>; "" for none
	Confirm string // is asked before anything happens; "" for nothing

	URL     *Text
	Data    map[string]any // what is published; a *Text in it is filled in
	To      *Text          // address of a draft; of an assign account_owner, sales_owner or an address
	Subject *Text
	Body    *Text
	Channel string // of a draft: DraftEmail or DraftInApp
	Fields  []FormField
	For     time.Duration
}

// Where a draft goes.
const (
	DraftEmail = "email"
	DraftInApp = "in_app"
)

// Opens reports whether the button asks something before anything happens.
func (a Action) Opens() bool {
	switch a.Type {
	case ActionMessage, ActionForm:
		return true
	case ActionAssign:
		return a.To == nil
	case ActionSnooze:
		return a.For == 0
	}
	return false
}

// Payload is what the action publishes about an alert, with its templates filled in.
func (a Action) Payload(v View, r *Rules) map[string]any {
	data, _ := filled(a.Data, v, r).(map[string]any)
	if data == nil {
		data = map[string]any{}
	}
	return data
}

func filled(value any, v View, r *Rules) any {
	switch value := value.(type) {
	case *Text:
		return value.Render(v, r)
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, one := range value {
			out[key] = filled(one, v, r)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, one := range value {
			out[i] = filled(one, v, r)
		}
		return out
	}
	return value
}

// Draft is a message for somebody at the customer, filled in.
type Draft struct{ Channel, To, Subject, Body string }

// Draft fills the action's message in. To is "" when no address is known.
func (a Action) Draft(v View, r *Rules) Draft {
	d := Draft{Channel: a.Channel, To: a.To.Render(v, r), Subject: oneLine(a.Subject.Render(v, r)), Body: strings.TrimSpace(a.Body.Render(v, r))}
	if !IsAddress(d.To) {
		d.To = ""
	}
	return d
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// IsAddress reports whether text is one plain e-mail address.
func IsAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

// Published is what the draft publishes.
func (d Draft) Published() map[string]any {
	data := map[string]any{"channel": d.Channel, "body": d.Body}
	for name, value := range map[string]string{"to": d.To, "subject": d.Subject} {
		if value != "" {
			data[name] = value
		}
	}
	return data
}

// FieldType says what a form's field asks for.
type FieldType string

// The types of fields.
const (
	FieldText   FieldType = "text"
	FieldNumber FieldType = "number"
	FieldSelect FieldType = "select"
	FieldUser   FieldType = "user"
	FieldDate   FieldType = "date"
)

// FieldTypes are all types of fields.
var FieldTypes = []FieldType{FieldText, FieldNumber, FieldSelect, FieldUser, FieldDate}

// FormField is one question of a form.
type FormField struct {
	ID        string
	Type      FieldType
	Label     string
	Hint      string
	Optional  bool
	Multiline bool     // of a text
	Options   []string // of a select
	Min, Max  *float64 // of a number; nil: none
}

// MaxAnswer is the longest answer to a text field in characters.
const MaxAnswer = 3000

// Check reads an answer, as it came from the form: what is published of it, and what is wrong with it in a sentence for whoever wrote it.
// An answer that was left out, and may be, is nil.
func (f FormField) Check(answer string) (value any, wrong string) {
	answer = strings.TrimSpace(answer)
	if answer == "" {
		if f.Optional {
			return nil, ""
		}
		return nil, map[FieldType]string{
			FieldNumber: "Write a number.", FieldSelect: "Choose one.", FieldUser: "Choose somebody.", FieldDate: "Choose a day.",
		}[f.Type] + map[bool]string{true: "Write something here."}[f.Type == FieldText]
	}
	switch f.Type {
	case FieldNumber:
		return f.number(answer)
	case FieldSelect:
		if !slices.Contains(f.Options, answer) {
			return nil, "Choose one of the list."
		}
	case FieldDate:
		if _, err := time.Parse(time.DateOnly, answer); err != nil {
			return nil, "Choose a day."
		}
	case FieldText:
		if n := utf8.RuneCountInString(answer); n > MaxAnswer {
			return nil, "At most " + grouped(MaxAnswer) + " characters; this has " + grouped(int64(n)) + "."
		}
	}
	return answer, ""
}

func (f FormField) number(answer string) (any, string) {
	n, err := strconv.ParseFloat(strings.NewReplacer(",", "", " ", "", "_", "").Replace(answer), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, "Write a number such as 1,250 or 12.5."
	}
	switch {
	case f.Min != nil && n < *f.Min && f.Max != nil:
		return nil, fmt.Sprintf("Write a number from %s to %s.", decimal(*f.Min), decimal(*f.Max))
	case f.Min != nil && n < *f.Min:
		return nil, "Write a number from " + decimal(*f.Min) + " on."
	case f.Max != nil && n > *f.Max && f.Min != nil:
		return nil, fmt.Sprintf("Write a number from %s to %s.", decimal(*f.Min), decimal(*f.Max))
	case f.Max != nil && n > *f.Max:
		return nil, "Write a number up to " + decimal(*f.Max) + "."
	}
	return n, ""
}
