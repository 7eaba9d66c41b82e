package journey

import "math"

// due is the next day on which the passing of time may change a state, if nothing is heard of the account; the zero Day for never.
func (s *stepper) due(now *moment) Day {
	d := &dueDay{now: now}
	s.dueMilestones(d)
	for i := range s.m.Branches {
		d.rule(s.m.Branches[i].Opens, false)
	}
	for _, p := range s.m.Personas {
		if p.Expect != nil {
			d.rule(p.Expect, !s.state.Seen[p.ID])
		}
	}
	for _, t := range s.m.Triggers {
		d.rule(t.Rule, !s.state.Triggers[t.ID].Known())
	}
	for _, l := range s.m.Limits {
		if s.state.Limits[l.Resource].Percent > 0 {
			d.take(Window{Calendar: l.Period}.After(now.day))
		}
		d.needs(l.Used.needs)
		d.needs(l.Limit.needs)
	}
	if s.m.Health != nil {
		for i := range s.m.Health.Measures {
			d.needs(s.m.Health.Measures[i].Value.needs)
			if len(s.m.Health.Measures[i].Tighten) > 0 {
				d.need(Need{Function: FuncAccount, Name: "tenure_months"})
			}
		}
	}
	return d.next
}

func (s *stepper) dueMilestones(d *dueDay) {
	all := s.m.Milestones()
	for i := range s.m.Branches {
		if b := s.state.Branches[s.m.Branches[i].ID]; b.Opened.Known() && !b.Closed.Known() {
			for j := range s.m.Branches[i].Milestones {
				all = append(all, &s.m.Branches[i].Milestones[j])
			}
		}
	}
	for _, ms := range all {
		state := s.state.Milestones[ms.ID]
		if state.Expect.Known() && !state.Dropped.Known() {
			d.take(workingDays(state.Expect, s.m.Grace).Add(1))
		}
		switch {
		case ms.Rule == nil || ms.Cohort:
		case ms.Overlay:
			d.rule(ms.Rule, !state.Held())
		case !state.Held():
			d.rule(ms.Rule, true)
			s.dueNear(d, ms)
		case ms.Sustain != nil:
			s.dueSustain(d, ms)
		}
	}
}

func (s *stepper) dueSustain(d *dueDay, ms *Milestone) {
	if end := ms.Sustain.Every.After(d.now.day); end.Known() {
		d.take(end)
		d.take(end.Add(-ms.Sustain.Warn))
	}
	d.ahead = ms.Sustain.Warn // the warning looks so far ahead
	d.rule(ms.Rule, false)
	d.ahead = 0
}

// dueNear is when people are short of time.
func (s *stepper) dueNear(d *dueDay, ms *Milestone) {
	for _, n := range ms.Rule.needs {
		if n.Function != FuncUsersReaching {
			continue
		}
		for _, r := range s.past.runs(n) {
			d.take(r.began.Add(n.Within - 1 - max(2, n.Within/5)))
		}
	}
}

// dueDay collects days after now, and keeps the first.
type dueDay struct {
	now   *moment
	ahead int // days that a look is taken early
	next  Day
}

func (d *dueDay) take(day Day) {
	if !day.Known() {
		return
	}
	if early := day.Add(-d.ahead); d.ahead > 0 && early > d.now.day {
		day = early
	}
	if day > d.now.day && (!d.next.Known() || day < d.next) {
		d.next = day
	}
}

// rule takes the days on which a rule may change. One that is waited for (rising) does not become true by its counts falling.
func (d *dueDay) rule(r *Rule, rising bool) {
	r.root.leaves(func(l *leaf) {
		if rising && l.grows() {
			return
		}
		if l.test == nil && l.left.reads != nil && l.right.literal != nil && d.crossing(*l.left.reads, *l.right.literal) {
			return
		}
		d.needs(l.needs)
	})
}

func (d *dueDay) needs(needs []Need) {
	for _, n := range needs {
		d.need(n)
	}
}

// ticks are the readings that change by one each day, and in which direction.
var ticks = map[string]float64{"renewal_days": -1, "stage_days": 1, "touch_days": 1}

// tick is how a reading changes with each day; 0 when it does not.
func tick(n Need) float64 {
	switch n.Function {
	case FuncDaysSince:
		return 1
	case FuncAccount:
		return ticks[n.Name]
	}
	return 0
}

// crossing takes the days on which a reading that ticks comes to a number and leaves it, and reports whether it is one that ticks.
func (d *dueDay) crossing(n Need, literal float64) bool {
	by := tick(n)
	if by == 0 {
		return false
	}
	value, known := d.now.read(n)
	if !known {
		if n.Function == FuncAccount && n.Name == "touch_days" {
			d.take(d.now.day.Add(1))
		}
		return true
	}
	ahead := (literal - value) * by
	if ahead < -1 || ahead > maxWindowDays*10 {
		return true
	}
	for _, days := range []float64{math.Floor(ahead), math.Ceil(ahead), math.Floor(ahead) + 1} {
		d.take(d.now.day.Add(int(days)))
	}
	return true
}

// need takes the next day on which a reading may change.
func (d *dueDay) need(n Need) {
	day := d.now.day
	if tick(n) != 0 {
		if _, known := d.now.read(n); known {
			d.take(day.Add(1))
		}
		return
	}
	switch n.Function {
	case FuncCount, FuncUsers, FuncActiveDays, FuncShare:
		first := n.Window.First(day)
		d.leaves(n, first, day, n.Window.Days)
	case FuncTrend:
		first, last := n.Window.Before(day)
		if n.Window.Calendar != "" && d.now.past.series(n.Name, n.Persona).active(first, day) {
			d.take(day.Add(1))
		}
		d.leaves(n, first, last, 2*n.Window.Days)
		d.leaves(n, n.Window.First(day), day, n.Window.Days)
	case FuncKPIChange:
		d.take(n.Window.After(day))
		for _, k := range d.now.past.history.KPIs {
			if k.Name != n.Name || n.Window.Days == 0 {
				continue
			}
			for _, point := range k.Points {
				d.take(d.now.past.dayOf(point.At).Add(n.Window.Days))
			}
		}
	case FuncAccount:
		if n.Name == "tenure_months" {
			d.anniversary()
		}
	}
}

// leaves takes the day on which the oldest rows between two days leave a window.
func (d *dueDay) leaves(n Need, first, last Day, days int) {
	s := d.now.past.series(n.Name, n.Persona)
	if n.Window.Calendar != "" {
		if s.active(first, last) {
			d.take(n.Window.After(d.now.day))
		}
		return
	}
	from, to := s.span(first, last)
	if d.ahead == 0 {
		to = min(to, from+1) // the others leave later
	}
	for ; from < to && days > 0; from++ {
		d.take(s.days[from].Add(days))
	}
}

// active reports whether there is a row between two days.
func (s *series) active(first, last Day) bool {
	from, to := s.span(first, last)
	return from < to
}

// anniversary takes the day on which the account's tenure grows by a month.
func (d *dueDay) anniversary() {
	since := d.now.past.account().Since
	if !since.Known() {
		return
	}
	if since > d.now.day {
		d.take(since)
		return
	}
	done := months(since, d.now.day)
	for day := d.now.day.Add(1); ; day = day.Add(1) {
		if months(since, day) > done {
			d.take(day)
			return
		}
	}
}
