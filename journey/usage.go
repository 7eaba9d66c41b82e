package journey

// UsageRow is what an account did of one event on one day: how often, and which people.
type UsageRow struct {
	Event   string
	Persona string // "" when the source did not say
	Day     Day    // in the workspace's time zone
	Count   int64  // may be negative only in sum with what it corrects
	Users   Users
}

// Users are the distinct people of a row. The zero Users is nobody.
type Users struct {
	IDs    []string // each once, in any order
	Sketch Sketch   // instead of a list, or beside it, when they are too many to list; else nil
}

// Sketch estimates how many distinct people it has seen. Implementations must be safe for concurrent use.
type Sketch interface {
	// Estimate is how many distinct people this sketch, the others and the listed ids are together. It changes none of them.
	Estimate(others []Sketch, ids []string) int64
}

// UserRow is how often one person did one event on one day, for rules with each: user.
type UserRow struct {
	User  string
	Event string
	Day   Day
	Count int64
}

// Function is one of the functions that a rule can read numbers with.
type Function string

// The functions of rules.
const (
	FuncCount         Function = "count"          // how often an event happened
	FuncUsers         Function = "users"          // how many people did it
	FuncActiveDays    Function = "active_days"    // on how many days anything, or one event, happened
	FuncShare         Function = "share"          // people who did it per seat, or per another KPI
	FuncTrend         Function = "trend"          // change of the count against the window before, as a fraction
	FuncDaysSince     Function = "days_since"     // days since it last happened
	FuncUsersReaching Function = "users_reaching" // people who did it often enough, soon enough after they began
	FuncKPI           Function = "kpi"            // last reported value
	FuncKPIChange     Function = "kpi_change"     // how much the value moved since the window began
	FuncMilestone     Function = "milestone"      // whether a milestone is reached
	FuncAlert         Function = "alert"          // whether an alert of a kind is open
	FuncAccount       Function = "account"        // a field of the account
)

// Need is one number that a rule reads. Two equal Needs read the same number.
type Need struct {
	Function Function
	Name     string // the event ("" for any), KPI, milestone, alert kind or field
	Persona  string // "" for everybody
	Window   Window
	Of       string  // share: "seats" or a KPI
	From     string  // users_reaching: the event that starts a person's clock
	Within   int     // users_reaching: days from then on, that day included
	AtLeast  float64 // users_reaching: how often
}

// Reach says which usage rows of one event an evaluation needs.
type Reach struct {
	Event   string // "" for every event
	Since   Day    // from this day on; the zero Day for all time
	People  bool   // whether Users is read; rows may leave them out otherwise
	PerUser bool   // whether UserRows are read as well
}

// Reaches sums up what must be read to evaluate needs on every day since from: one Reach for each event.
//
// Rows of days before Since are not missed. Where Since is the zero Day, rows older than from less the longest window of the account's map may be
// summed into one row per event and persona, dated on the last day of activity among them.
func Reaches(needs []Need, from Day) []Reach {
	var out []Reach
	at := map[string]int{}
	add := func(r Reach) {
		i, ok := at[r.Event]
		if !ok {
			at[r.Event] = len(out)
			out = append(out, r)
			return
		}
		out[i].Since = min(out[i].Since, r.Since)
		out[i].People = out[i].People || r.People
		out[i].PerUser = out[i].PerUser || r.PerUser
	}
	for _, n := range needs {
		switch n.Function {
		case FuncCount, FuncActiveDays:
			add(Reach{Event: n.Name, Since: n.Window.First(from)})
		case FuncUsers, FuncShare:
			add(Reach{Event: n.Name, Since: n.Window.First(from), People: true})
		case FuncTrend:
			first, _ := n.Window.Before(from)
			add(Reach{Event: n.Name, Since: first})
		case FuncDaysSince:
			add(Reach{Event: n.Name})
		case FuncUsersReaching:
			add(Reach{Event: n.Name, PerUser: true})
			add(Reach{Event: n.From, PerUser: true})
		}
	}
	return out
}

// KPIs are the names of the KPIs that needs read, each once.
func KPIs(needs []Need) []string {
	var out []string
	seen := map[string]bool{"seats": true, "": true}
	for _, n := range needs {
		name := n.Of
		if n.Function == FuncKPI || n.Function == FuncKPIChange {
			name = n.Name
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}
