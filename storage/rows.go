package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// nullable makes an argument of a number that may be unknown.
func nullable[T int64 | float64](n *T) any {
	if n == nil {
		return nil
	}
	return *n
}

// jsonText is a column of JSON.
type jsonText[T any] struct{ value T }

// Scan implements sql.Scanner.
func (j *jsonText[T]) Scan(from any) error {
	var text []byte
	switch from := from.(type) {
	case string:
		text = []byte(from)
	case []byte:
		text = from
	default:
		return fmt.Errorf("scan JSON from %T", from)
	}
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, &j.value)
}

// encoder collects the errors of a row's JSON columns.
type encoder struct{ err error }

func (e *encoder) text(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		e.err = errors.Join(e.err, err)
	}
	return withoutNUL(string(text))
}

// withoutNUL drops escaped U+0000 from JSON: it would come back from the database as text that Postgres refuses.
func withoutNUL(text string) string {
	const escaped = `\u0000`
	kept := 0
	var out []byte
	for i := 0; i+len(escaped) <= len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if text[i:i+len(escaped)] != escaped {
			i++ // the escaped character is not a backslash of its own
			continue
		}
		out = append(out, text[kept:i]...)
		i += len(escaped) - 1
		kept = i + 1
	}
	if kept == 0 {
		return text
	}
	return string(append(out, text[kept:]...))
}

const accountColumns = `id text, name text, segment text, region text, tier text, plan text, status text, arr bigint, seats bigint,
	renewal_date bigint, owner text, sales_owner text, health text, score float8, health_at bigint, touched_at bigint,
	attrs text, fields_at text, map text, stage text, stage_at bigint, due_at bigint`

type accountRow struct {
	ID          string                     `db:"id"`
	Name        string                     `db:"name"`
	Segment     string                     `db:"segment"`
	Region      string                     `db:"region"`
	Tier        string                     `db:"tier"`
	Plan        string                     `db:"plan"`
	Status      string                     `db:"status"`
	ARR         *int64                     `db:"arr"`
	Seats       *int64                     `db:"seats"`
	RenewalDate int64                      `db:"renewal_date"`
	Owner       string                     `db:"owner"`
	SalesOwner  string                     `db:"sales_owner"`
	Health      string                     `db:"health"`
	Score       *float64                   `db:"score"`
	HealthAt    int64                      `db:"health_at"`
	TouchedAt   int64                      `db:"touched_at"`
	Attrs       jsonText[accountAttrs]     `db:"attrs"`
	FieldsAt    jsonText[map[string]int64] `db:"fields_at"`
	Map         string                     `db:"map"`
	Stage       string                     `db:"stage"`
	StageAt     int64                      `db:"stage_at"`
	DueAt       int64                      `db:"due_at"`
}

// accountAttrs are what no query asks for: look-ups go by account_keys.
type accountAttrs struct {
	Domain  string   `json:"domain,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	CRMURL  string   `json:"crm_url,omitempty"`

	DoNotContact bool  `json:"do_not_contact,omitempty"`
	Since        int64 `json:"customer_since,omitempty"`
}

func (r accountRow) account() journey.Account {
	a := journey.Account{
		ID: r.ID, Name: r.Name, Domain: r.Attrs.value.Domain, Aliases: r.Attrs.value.Aliases, CRMURL: r.Attrs.value.CRMURL,
		DoNotContact: r.Attrs.value.DoNotContact, Since: journey.Day(r.Attrs.value.Since),
		Segment: r.Segment, Region: r.Region, Tier: r.Tier, Plan: r.Plan, Status: r.Status,
		ARR: r.ARR, Seats: r.Seats, RenewalDate: journey.Day(r.RenewalDate), Owner: r.Owner, SalesOwner: r.SalesOwner,
		Health: journey.Health(r.Health), Score: r.Score, HealthAt: instant(r.HealthAt),
		Map: r.Map, Stage: r.Stage, StageAt: instant(r.StageAt), LastTouch: instant(r.TouchedAt), LookAt: instant(r.DueAt),
		FieldsAt: make(map[string]time.Time, len(r.FieldsAt.value)),
	}
	for field, at := range r.FieldsAt.value {
		a.FieldsAt[field] = instant(at)
	}
	return a
}

func (e *encoder) account(a *journey.Account) []any {
	ages := make(map[string]int64, len(a.FieldsAt))
	for field, at := range a.FieldsAt {
		ages[field] = micros(at)
	}
	return []any{
		a.ID, a.Name, a.Segment, a.Region, a.Tier, a.Plan, a.Status, nullable(a.ARR), nullable(a.Seats),
		int64(a.RenewalDate), a.Owner, a.SalesOwner, string(a.Health), nullable(a.Score), micros(a.HealthAt), micros(a.LastTouch),
		e.text(accountAttrs{Domain: a.Domain, Aliases: a.Aliases, CRMURL: a.CRMURL, DoNotContact: a.DoNotContact, Since: int64(a.Since)}),
		e.text(ages), a.Map, a.Stage, micros(a.StageAt), micros(a.LookAt),
	}
}

const contactColumns = `account_id text, contact text, position bigint, name text, email text, title text, role text, persona text, left_at bigint`

type contactRow struct {
	AccountID string `db:"account_id"`
	Contact   string `db:"contact"`
	Position  int64  `db:"position"`
	Name      string `db:"name"`
	Email     string `db:"email"`
	Title     string `db:"title"`
	Role      string `db:"role"`
	Persona   string `db:"persona"`
	LeftAt    int64  `db:"left_at"`
}

func (r contactRow) contact() journey.Contact {
	return journey.Contact{Name: r.Name, Email: r.Email, Title: r.Title, Role: r.Role, Persona: r.Persona, LeftAt: instant(r.LeftAt)}
}

const conditionColumns = `key text, account_id text, at bigint, seq bigint, level bigint, period text, told bigint, changes text, flaps bigint`

type conditionRow struct {
	Key       string            `db:"key"`
	AccountID string            `db:"account_id"`
	At        int64             `db:"at"`
	Seq       int64             `db:"seq"`
	Level     int               `db:"level"`
	Period    string            `db:"period"`
	Told      int               `db:"told"`
	Changes   jsonText[[]int64] `db:"changes"`
	Flaps     int64             `db:"flaps"`
}

func (r conditionRow) condition() alerts.Condition {
	c := alerts.Condition{
		Key: r.Key, Account: r.AccountID, At: instant(r.At), Seq: uint64(r.Seq), Level: r.Level, Period: r.Period, Told: r.Told, Flaps: r.Flaps != 0,
	}
	for _, at := range r.Changes.value {
		c.Changes = append(c.Changes, instant(at))
	}
	return c
}

func (e *encoder) condition(c alerts.Condition) []any {
	changes := make([]int64, len(c.Changes))
	for i, at := range c.Changes {
		changes[i] = micros(at)
	}
	return []any{c.Key, c.Account, micros(c.At), int64(c.Seq), int64(c.Level), c.Period, int64(c.Told), e.text(changes), flag(c.Flaps)}
}

const alertColumns = `id text, short_id text, key text, account_id text, kind text, about text, polarity text, severity bigint,
	status text, owner text, owner_ref text, acked_by text, acked_at bigint, opened_at bigint, signal_at bigint, count bigint,
	route text, channels text, playbook text, escalation text, step bigint, config text, facts text, event_ids text,
	outcome text, outcome_arr bigint, closed_at bigint, snoozed_from text, wake_at bigint, step_at bigint, remind_at bigint,
	unack_at bigint, expire_at bigint, review_at bigint, due_at bigint, version bigint, entries bigint, hold text, hold_until bigint, hold_by text, shown_at bigint, extra text, task_at bigint`

// What an alert is never changes.
const fixedAlertColumns = "id, short_id, key, account_id, kind, about, opened_at"

type alertRow struct {
	ID          string             `db:"id"`
	ShortID     string             `db:"short_id"`
	Key         string             `db:"key"`
	AccountID   string             `db:"account_id"`
	Kind        string             `db:"kind"`
	About       string             `db:"about"`
	Polarity    string             `db:"polarity"`
	Severity    int                `db:"severity"`
	Status      string             `db:"status"`
	Owner       string             `db:"owner"`
	OwnerRef    string             `db:"owner_ref"`
	AckedBy     string             `db:"acked_by"`
	AckedAt     int64              `db:"acked_at"`
	OpenedAt    int64              `db:"opened_at"`
	SignalAt    int64              `db:"signal_at"`
	Count       int                `db:"count"`
	Route       string             `db:"route"`
	Channels    jsonText[[]string] `db:"channels"`
	Playbook    string             `db:"playbook"`
	Escalation  string             `db:"escalation"`
	Step        int                `db:"step"`
	Config      string             `db:"config"`
	Facts       jsonText[factsRow] `db:"facts"`
	EventIDs    jsonText[[]string] `db:"event_ids"`
	Outcome     string             `db:"outcome"`
	OutcomeARR  *int64             `db:"outcome_arr"`
	ClosedAt    int64              `db:"closed_at"`
	SnoozedFrom string             `db:"snoozed_from"`
	WakeAt      int64              `db:"wake_at"`
	StepAt      int64              `db:"step_at"`
	RemindAt    int64              `db:"remind_at"`
	UnackAt     int64              `db:"unack_at"`
	ExpireAt    int64              `db:"expire_at"`
	ReviewAt    int64              `db:"review_at"`
	DueAt       int64              `db:"due_at"`
	Version     int64              `db:"version"`
	Entries     int64              `db:"entries"`
	Hold        string             `db:"hold"`
	HoldUntil   int64              `db:"hold_until"`
	HoldBy      string             `db:"hold_by"`
	ShownAt     int64              `db:"shown_at"`
	Extra       jsonText[extraRow] `db:"extra"`
	TaskAt      int64              `db:"task_at"`
}

// extraRow is what nobody selects alerts by, as JSON.
type extraRow struct {
	Matched  []string        `json:"matched,omitempty"`
	Decided  *alerts.Decided `json:"decided,omitempty"`
	Cleared  []string        `json:"cleared,omitempty"`
	Reserved string          `json:"reserved,omitempty"`
	Note     string          `json:"owner_note,omitempty"`
	Segment  string          `json:"segment,omitempty"`
	Play     alerts.Play     `json:"play,omitzero"`
}

// factsRow is alerts.Facts as JSON.
type factsRow struct {
	AsOf    time.Time            `json:"as_of,omitzero"`
	Account string               `json:"account,omitempty"`
	Health  *alerts.HealthFacts  `json:"health,omitempty"`
	Limit   *alerts.LimitFacts   `json:"limit,omitempty"`
	PQL     *alerts.PQLFacts     `json:"pql,omitempty"`
	Dropoff *alerts.DropoffFacts `json:"dropoff,omitempty"`
	Reached *alerts.ReachedFacts `json:"reached,omitempty"`
	Contact *alerts.ContactFacts `json:"contact,omitempty"`
	Renewal *alerts.RenewalFacts `json:"renewal,omitempty"`
	Support *alerts.SupportFacts `json:"support,omitempty"`
	Survey  *alerts.SurveyFacts  `json:"survey,omitempty"`
	Silence *alerts.SilenceFacts `json:"silence,omitempty"`
	Path    *alerts.PathFacts    `json:"path,omitempty"`
}

func (r alertRow) alert() alerts.Alert {
	return alerts.Alert{
		ID: r.ID, ShortID: r.ShortID, Key: r.Key, Account: r.AccountID, Kind: alerts.Kind(r.Kind), About: r.About,
		Polarity: alerts.Polarity(r.Polarity), Severity: alerts.Severity(r.Severity), Status: alerts.Status(r.Status),
		Owner: r.Owner, OwnerRef: r.OwnerRef, OwnerNote: r.Extra.value.Note, Segment: r.Extra.value.Segment, AckedBy: r.AckedBy, AckedAt: instant(r.AckedAt),
		OpenedAt: instant(r.OpenedAt), SignalAt: instant(r.SignalAt), ShownAt: instant(r.ShownAt), Count: r.Count,
		Route: r.Route, Channels: r.Channels.value, Playbook: r.Playbook, Escalation: r.Escalation, Step: r.Step, Config: r.Config,
		Facts: alerts.Facts(r.Facts.value), EventIDs: r.EventIDs.value,
		Outcome: alerts.Outcome(r.Outcome), OutcomeARR: r.OutcomeARR, ClosedAt: instant(r.ClosedAt),
		SnoozedFrom: alerts.Status(r.SnoozedFrom), WakeAt: instant(r.WakeAt), StepAt: instant(r.StepAt), RemindAt: instant(r.RemindAt),
		UnackAt: instant(r.UnackAt), ExpireAt: instant(r.ExpireAt), ReviewAt: instant(r.ReviewAt), Version: r.Version,
		Hold:   alerts.Hold{Reason: alerts.HoldReason(r.Hold), Until: instant(r.HoldUntil), By: r.HoldBy},
		TaskAt: instant(r.TaskAt), Play: r.Extra.value.Play,
		Matched: r.Extra.value.Matched, Decided: r.Extra.value.Decided,
		Clearance: alerts.Clearance{Risks: r.Extra.value.Cleared, ReservedBy: r.Extra.value.Reserved},
	}
}

// alert needs the number of history lines that the alert has after this change.
func (e *encoder) alert(a alerts.Alert, entries int64) []any {
	return []any{
		a.ID, a.ShortID, a.Key, a.Account, string(a.Kind), a.About, string(a.Polarity), int64(a.Severity), string(a.Status),
		a.Owner, a.OwnerRef, a.AckedBy, micros(a.AckedAt), micros(a.OpenedAt), micros(a.SignalAt), int64(a.Count),
		a.Route, e.text(a.Channels), a.Playbook, a.Escalation, int64(a.Step), a.Config, e.text(factsRow(a.Facts)), e.text(a.EventIDs),
		string(a.Outcome), nullable(a.OutcomeARR), micros(a.ClosedAt), string(a.SnoozedFrom), micros(a.WakeAt), micros(a.StepAt),
		micros(a.RemindAt), micros(a.UnackAt), micros(a.ExpireAt), micros(a.ReviewAt), micros(a.DueAt()), a.Version, entries,
		string(a.Hold.Reason), micros(a.Hold.Until), a.Hold.By, micros(a.ShownAt),
		e.text(extraRow{Matched: a.Matched, Decided: a.Decided, Cleared: a.Clearance.Risks, Reserved: a.Clearance.ReservedBy, Note: a.OwnerNote, Segment: a.Segment, Play: a.Play}), micros(a.TaskAt),
	}
}

const historyColumns = `alert_id text, seq bigint, at bigint, actor text, actor_name text, origin text, what text,
	from_status text, to_status text, data text, request_id text`

// entryFields are the columns of historyRow.
const entryFields = `alert_id, seq, at, actor, actor_name, origin, what, from_status, to_status, data, request_id`

type historyRow struct {
	AlertID    string             `db:"alert_id"`
	Seq        int64              `db:"seq"`
	At         int64              `db:"at"`
	Actor      string             `db:"actor"`
	ActorName  string             `db:"actor_name"`
	Origin     string             `db:"origin"`
	What       string             `db:"what"`
	FromStatus string             `db:"from_status"`
	ToStatus   string             `db:"to_status"`
	Data       jsonText[entryRow] `db:"data"`
	RequestID  string             `db:"request_id"`
}

// entryRow is alerts.EntryData as JSON.
type entryRow struct {
	EventID  string          `json:"event_id,omitempty"`
	Before   string          `json:"before,omitempty"`
	After    string          `json:"after,omitempty"`
	Severity alerts.Severity `json:"severity,omitempty"`
	User     string          `json:"user,omitempty"`
	UserName string          `json:"user_name,omitempty"`
	Note     string          `json:"note,omitempty"`
	Outcome  alerts.Outcome  `json:"outcome,omitempty"`
	ARR      *int64          `json:"arr,omitempty"`
	Until    time.Time       `json:"until,omitzero"`
	Step     string          `json:"step,omitempty"`
	Target   string          `json:"target,omitempty"`
	Done     bool            `json:"done,omitempty"`
	Playbook string          `json:"playbook,omitempty"`
	Fields   []alerts.Field  `json:"fields,omitempty"`
	Own      bool            `json:"own,omitempty"`
	Look     *alerts.Look    `json:"look,omitempty"`
}

func (r historyRow) entry() alerts.Entry {
	return alerts.Entry{
		Seq: r.Seq, At: instant(r.At), Actor: alerts.Actor{UserID: r.Actor, Name: r.ActorName}, Origin: r.Origin,
		What: alerts.What(r.What), From: alerts.Status(r.FromStatus), To: alerts.Status(r.ToStatus),
		Data: alerts.EntryData(r.Data.value), RequestID: r.RequestID,
	}
}

func (e *encoder) entry(alertID string, entry alerts.Entry) []any {
	return []any{
		alertID, entry.Seq, micros(entry.At), entry.Actor.UserID, entry.Actor.Name, entry.Origin, string(entry.What),
		string(entry.From), string(entry.To), e.text(entryRow(entry.Data)), entry.RequestID,
	}
}

const messageColumns = `id, kind, subject, target, slot, channel, ts, parent_id, lane, priority, want_version, done_version, done_hash,
	hold, due_at, tried_at, attempts, failed_at, error, body, via_id, done_state, posted_at, drawn_at`

type messageRow struct {
	ID          string `db:"id"`
	Kind        string `db:"kind"`
	Subject     string `db:"subject"`
	Target      string `db:"target"`
	Slot        string `db:"slot"`
	Channel     string `db:"channel"`
	TS          string `db:"ts"`
	ParentID    string `db:"parent_id"`
	Lane        string `db:"lane"`
	Priority    int    `db:"priority"`
	WantVersion int64  `db:"want_version"`
	DoneVersion int64  `db:"done_version"`
	DoneHash    string `db:"done_hash"`
	Hold        string `db:"hold"`
	DueAt       int64  `db:"due_at"`
	TriedAt     int64  `db:"tried_at"`
	Attempts    int    `db:"attempts"`
	FailedAt    int64  `db:"failed_at"`
	Error       string `db:"error"`
	Body        string `db:"body"`
	ViaID       string `db:"via_id"`
	DoneState   string `db:"done_state"`
	PostedAt    int64  `db:"posted_at"`
	DrawnAt     int64  `db:"drawn_at"`
}

func (r messageRow) message() alerts.Message {
	m := alerts.Message{
		ID: r.ID, Kind: alerts.MessageKind(r.Kind), Subject: r.Subject, Target: alerts.Target(r.Target), Slot: r.Slot,
		Channel: r.Channel, TS: r.TS, ParentID: r.ParentID, Lane: r.Lane, Priority: alerts.Priority(r.Priority),
		WantVersion: r.WantVersion, DoneVersion: r.DoneVersion, DoneHash: r.DoneHash,
		Hold: r.Hold, DueAt: instant(r.DueAt), TriedAt: instant(r.TriedAt), Attempts: r.Attempts,
		ViaID: r.ViaID, DoneState: r.DoneState, PostedAt: instant(r.PostedAt), DrawnAt: instant(r.DrawnAt),
	}
	if r.FailedAt > 0 {
		m.Error = r.Error
	}
	if r.Body != "" {
		m.Body = []byte(r.Body)
	}
	return m
}

const personColumns = `user_id text, email text, folded text, name text, tz text, guest bigint, deleted bigint, checked_at bigint,
	status_away bigint, status_until bigint, stranger bigint, bot bigint`

// knownPerson are the columns of personRow: beside what Slack says, what the person chose.
const knownPerson = `user_id, email, folded, name, tz, guest, deleted, checked_at, status_away, status_until, away_until, delegate, stranger, bot`

type personRow struct {
	UserID    string `db:"user_id"`
	Email     string `db:"email"`
	Folded    string `db:"folded"`
	Name      string `db:"name"`
	TZ        string `db:"tz"`
	Guest     int64  `db:"guest"`
	Deleted   int64  `db:"deleted"`
	CheckedAt int64  `db:"checked_at"`

	StatusAway  int64  `db:"status_away"`
	StatusUntil int64  `db:"status_until"`
	Stranger    int64  `db:"stranger"`
	Bot         int64  `db:"bot"`
	AwayUntil   int64  `db:"away_until"`
	Delegate    string `db:"delegate"`
}

func (r personRow) person() alerts.Person {
	return alerts.Person{
		UserID: r.UserID, Email: r.Email, Name: r.Name, TZ: r.TZ, Guest: r.Guest != 0, Deleted: r.Deleted != 0, CheckedAt: instant(r.CheckedAt),
		StatusAway: r.StatusAway != 0, StatusUntil: instant(r.StatusUntil), AwayUntil: instant(r.AwayUntil), Delegate: r.Delegate,
		Stranger: r.Stranger != 0, Bot: r.Bot != 0,
	}
}

func personValues(p alerts.Person) []any {
	return []any{p.UserID, p.Email, journey.Fold(p.Email), p.Name, p.TZ, flag(p.Guest), flag(p.Deleted), micros(p.CheckedAt), flag(p.StatusAway), micros(p.StatusUntil), flag(p.Stranger), flag(p.Bot)}
}

const kpiColumns = `account_id text, name text, at bigint, value float8`

type kpiRow struct {
	AccountID string  `db:"account_id"`
	Name      string  `db:"name"`
	At        int64   `db:"at"`
	Value     float64 `db:"value"`
}
