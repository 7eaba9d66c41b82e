package journey

// moment is a day of an account's past, on which rules are evaluated. It knows nothing of later days.
type moment struct {
	past     *past
	day      Day
	floor    Day            // first day that counts, whatever the window; zero for all
	standing *State         // as far as it is known: milestones that come earlier on the map are up to date
	more     map[action]int // what is assumed to happen as well
}

// action is something that the customer can do more of.
type action struct {
	function Function
	event    string
	persona  string
}

// read is the number that need names, or false when it is not known.
func (m *moment) read(n Need) (float64, bool) {
	more := 0
	if m.more != nil {
		more = m.more[action{n.Function, n.Name, n.Persona}]
	}
	first, last := max(n.Window.First(m.day), m.floor), m.day
	switch n.Function {
	case FuncCount:
		return float64(m.past.series(n.Name, n.Persona).count(first, last) + int64(more)), true
	case FuncUsers:
		return float64(m.past.series(n.Name, n.Persona).users(first, last) + int64(more)), true
	case FuncActiveDays:
		return float64(m.past.series(n.Name, n.Persona).activeDays(first, last) + more), true
	case FuncShare:
		return m.share(n, first)
	case FuncTrend:
		return m.trend(n, first)
	case FuncDaysSince:
		on := m.past.series(n.Name, n.Persona).lastActive(m.floor, last)
		return float64(last.Since(on)), on.Known()
	case FuncUsersReaching:
		return float64(m.past.reaching(n, last)), true
	case FuncKPI:
		return m.past.kpi(n.Name, last)
	case FuncKPIChange:
		now, known := m.past.kpi(n.Name, last)
		before, knownBefore := m.past.kpi(n.Name, n.Window.First(last).Add(-1))
		return now - before, known && knownBefore
	case FuncAccount:
		if !m.knows(n.Name) {
			return 0, false
		}
		return accountNumbers[n.Name](m)
	}
	return 0, false
}

func (m *moment) share(n Need, first Day) (float64, bool) {
	of, known := m.past.kpi(n.Of, m.day)
	if !known || of <= 0 {
		return 0, false
	}
	return float64(m.past.series(n.Name, n.Persona).users(first, m.day)) / of, true
}

func (m *moment) trend(n Need, first Day) (float64, bool) {
	s := m.past.series(n.Name, n.Persona)
	from, to := n.Window.Before(m.day)
	before := s.count(max(from, m.floor), to)
	if before <= 0 {
		return 0, false
	}
	return float64(s.count(first, m.day)-before) / float64(before), true
}

// state is whether a milestone is reached or an alert open.
func (m *moment) state(n Need) Truth {
	if n.Function == FuncAlert {
		return truth(m.past.alertOpen(n.Name, m.day))
	}
	return truth(m.standing != nil && m.standing.Milestones[n.Name].Held())
}

// knows reports whether a field of the account was known by then.
func (m *moment) knows(field string) bool {
	name := field
	switch field {
	case "renewal_days":
		name = "renewal_date"
	case "tenure_months":
		return true
	}
	at, ok := m.past.history.Account.FieldsAt[name]
	return !ok || m.past.dayOf(at) <= m.day
}
