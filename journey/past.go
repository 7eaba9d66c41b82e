package journey

import (
	"cmp"
	"slices"
	"time"
)

// past is a history, arranged for many questions. It fills itself in as it is asked: for one goroutine.
type past struct {
	history History
	zone    *time.Location
	known   map[[2]string]*series
	people  map[Need]map[string]run
}

func newPast(h History, zone *time.Location) *past {
	if zone == nil {
		zone = time.UTC
	}
	return &past{history: h, zone: zone, known: map[[2]string]*series{}, people: map[Need]map[string]run{}}
}

func (p *past) account() *Account { return &p.history.Account }

func (p *past) dayOf(t time.Time) Day { return DayOf(t.In(p.zone)) }

// begin is the first day of which something is known; the zero Day when nothing is.
func (p *past) begin() Day {
	var first Day
	take := func(d Day) {
		if d.Known() && (!first.Known() || d < first) {
			first = d
		}
	}
	for _, r := range p.history.Rows {
		take(r.Day)
	}
	for _, r := range p.history.UserRows {
		take(r.Day)
	}
	for _, k := range p.history.KPIs {
		for _, point := range k.Points {
			take(p.dayOf(point.At))
		}
	}
	for _, e := range p.history.Explicit {
		take(p.dayOf(e.At))
	}
	for _, a := range p.history.Alerts {
		take(a.From)
	}
	for _, at := range p.history.Account.FieldsAt {
		take(p.dayOf(at))
	}
	return first
}

// series is what an account did of an event, by day.
type series struct {
	days  []Day
	total []int64 // up to and with each day
	rows  []UsageRow
}

// series of an event, "" for all, by a persona, "" for everybody.
func (p *past) series(event, persona string) *series {
	key := [2]string{event, persona}
	if s, ok := p.known[key]; ok {
		return s
	}
	s := &series{}
	for _, r := range p.history.Rows {
		if (event == "" || r.Event == event) && (persona == "" || r.Persona == persona) {
			s.rows = append(s.rows, r)
		}
	}
	slices.SortStableFunc(s.rows, func(a, b UsageRow) int { return cmp.Compare(a.Day, b.Day) })
	var sum int64
	for _, r := range s.rows {
		sum += r.Count
		if n := len(s.days); n > 0 && s.days[n-1] == r.Day {
			s.total[n-1] = sum
			continue
		}
		s.days = append(s.days, r.Day)
		s.total = append(s.total, sum)
	}
	p.known[key] = s
	return s
}

// span is the range of the days from first to last.
func (s *series) span(first, last Day) (from, to int) {
	from, _ = slices.BinarySearch(s.days, first)
	to, _ = slices.BinarySearch(s.days, last+1)
	return from, max(from, to)
}

func (s *series) before(i int) int64 {
	if i == 0 {
		return 0
	}
	return s.total[i-1]
}

func (s *series) count(first, last Day) int64 {
	from, to := s.span(first, last)
	return s.before(to) - s.before(from)
}

func (s *series) activeDays(first, last Day) int {
	from, to := s.span(first, last)
	n := 0
	for i := from; i < to; i++ {
		if s.total[i] > s.before(i) {
			n++
		}
	}
	return n
}

func (s *series) lastActive(first, last Day) Day {
	from, to := s.span(first, last)
	for i := to - 1; i >= from; i-- {
		if s.total[i] > s.before(i) {
			return s.days[i]
		}
	}
	return 0
}

func (s *series) users(first, last Day) int64 {
	from, _ := slices.BinarySearchFunc(s.rows, first, func(r UsageRow, d Day) int { return cmp.Compare(r.Day, d) })
	to, _ := slices.BinarySearchFunc(s.rows, last+1, func(r UsageRow, d Day) int { return cmp.Compare(r.Day, d) })
	if from >= to {
		return 0
	}
	seen := map[string]bool{}
	var sketches []Sketch
	for _, r := range s.rows[from:to] {
		if r.Users.Sketch != nil {
			sketches = append(sketches, r.Users.Sketch)
		}
		for _, id := range r.Users.IDs {
			seen[id] = true
		}
	}
	if len(sketches) == 0 {
		return int64(len(seen))
	}
	ids := make([]string, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	return sketches[0].Estimate(sketches[1:], ids)
}

// run is what one person did of an event since their clock started.
type run struct {
	began Day
	done  map[Day]int64
}

// runs are all people whose clock ever started.
func (p *past) runs(n Need) map[string]run {
	if runs, ok := p.people[n]; ok {
		return runs
	}
	runs := map[string]run{}
	for _, r := range p.history.UserRows {
		if r.Event != n.From || r.Count <= 0 {
			continue
		}
		if known, ok := runs[r.User]; !ok || r.Day < known.began {
			runs[r.User] = run{began: r.Day, done: map[Day]int64{}}
		}
	}
	for _, r := range p.history.UserRows {
		if one, ok := runs[r.User]; ok && r.Event == n.Name && r.Day >= one.began && r.Day < one.began.Add(n.Within) {
			one.done[r.Day] += r.Count
		}
	}
	p.people[n] = runs
	return runs
}

func (r run) upTo(day Day) int64 {
	var sum int64
	for d, count := range r.done {
		if d <= day {
			sum += count
		}
	}
	return sum
}

// reaching is how many people had done enough by the day.
func (p *past) reaching(n Need, day Day) int {
	reached := 0
	for _, r := range p.runs(n) {
		if r.began <= day && float64(r.upTo(day)) >= n.AtLeast {
			reached++
		}
	}
	return reached
}

// kpi is the last value reported up to the day. Seats are also a field of the account.
func (p *past) kpi(name string, day Day) (float64, bool) {
	for _, k := range p.history.KPIs {
		if k.Name != name {
			continue
		}
		for i := len(k.Points) - 1; i >= 0; i-- {
			if p.dayOf(k.Points[i].At) <= day {
				return k.Points[i].Value, true
			}
		}
	}
	if name == "seats" {
		return whole(p.history.Account.Seats, 1)
	}
	return 0, false
}

func (p *past) alertOpen(kind string, day Day) bool {
	return slices.ContainsFunc(p.history.Alerts, func(a AlertSpan) bool {
		return a.Kind == kind && a.From <= day && (!a.Until.Known() || day <= a.Until)
	})
}
