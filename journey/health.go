package journey

import (
	"cmp"
	"math"
	"slices"
)

// HealthState is a derived health.
type HealthState struct {
	Colour  Health
	Score   float64
	Since   Day            // of the colour
	Recent  []float64      // scores at the end of up to seven days before, oldest first
	Drivers []HealthDriver // the known measures, in the map's order
}

// HealthDriver is how much one measure contributes.
type HealthDriver struct {
	Measure string // its title
	Value   float64
	Score   float64 // 0–100
	Weight  float64 // share of the whole, 0–1, after the weights of missing measures were shared out

	From  float64 // Change only: the value before; the same when it was not known
	Moved float64 // Change only: points of the whole score that it moved
}

// Defaults of a health model.
const (
	defaultGreen  = 75
	defaultYellow = 50
)

// score is the health at a moment, given the one before. With no measure known there is none.
func (h *HealthModel) score(before HealthState, now *moment) HealthState {
	var out HealthState
	total := 0.0
	for i := range h.Measures {
		m := &h.Measures[i]
		value, known := m.Value.on(now)
		weight := m.weight(now)
		if !known || weight <= 0 {
			continue
		}
		total += weight
		out.Drivers = append(out.Drivers, HealthDriver{Measure: m.Title, Value: value, Score: m.score(value, now), Weight: weight})
	}
	if total == 0 {
		return HealthState{}
	}
	for i := range out.Drivers {
		out.Drivers[i].Weight /= total
		out.Score += out.Drivers[i].Weight * out.Drivers[i].Score
	}
	out.Colour = h.colour(before.Colour, out.Score)
	if before.Colour != HealthUnknown {
		out.Recent = append(slices.Clone(before.Recent[max(0, len(before.Recent)-6):]), before.Score)
	}
	out.Since = before.Since
	if out.Colour != before.Colour {
		out.Since = now.day
	}
	return out
}

func (m *Measure) weight(now *moment) float64 {
	if w, ok := m.Weights[now.past.account().Segment]; ok {
		return w
	}
	return m.Weight
}

// borders are the values that score 0 and 100 at the account's tenure.
func (m *Measure) borders(now *moment) (bad, good float64) {
	bad, good = m.Bad, m.Good
	tenure, known := accountNumbers["tenure_months"](now)
	if !known {
		return bad, good
	}
	from := -1
	for _, t := range m.Tighten {
		if float64(t.FromMonth) <= tenure && t.FromMonth > from {
			from, bad, good = t.FromMonth, t.Bad, t.Good
		}
	}
	return bad, good
}

func (m *Measure) score(value float64, now *moment) float64 {
	bad, good := m.borders(now)
	if bad == good {
		if value >= good {
			return 100
		}
		return 0
	}
	return min(100, max(0, 100*(value-bad)/(good-bad)))
}

// colour of a score. Getting better takes more than getting worse: a score that teeters at a border keeps its colour.
func (h *HealthModel) colour(before Health, score float64) Health {
	green, yellow := h.borders()
	switch {
	case score >= green+h.margin(before, HealthGreen):
		return HealthGreen
	case score >= yellow+h.margin(before, HealthYellow):
		return HealthYellow
	}
	return HealthRed
}

func (h *HealthModel) borders() (green, yellow float64) {
	if h.Green == 0 && h.Yellow == 0 {
		return defaultGreen, defaultYellow
	}
	return h.Green, h.Yellow
}

// margin is how far past the border of a colour a score must be.
func (h *HealthModel) margin(before, to Health) float64 {
	if rank(before) > rank(to) {
		return h.Hysteresis
	}
	return 0
}

// rank orders colours, worst last; unknown is no worse than any.
func rank(h Health) int {
	return slices.Index([]Health{HealthUnknown, HealthGreen, HealthYellow, HealthRed}, h)
}

// fell is how far the score is below the best of the week.
func (h HealthState) fell() float64 {
	if len(h.Recent) == 0 {
		return 0
	}
	return slices.Max(h.Recent) - h.Score
}

// moved ranks what moved the score, strongest first; what did not move it, by the points that it costs.
func moved(before, after HealthState) []HealthDriver {
	out := slices.Clone(after.Drivers)
	for i := range out {
		d := &out[i]
		d.From = d.Value
		for _, b := range before.Drivers {
			if b.Measure == d.Measure {
				d.From = b.Value
				d.Moved = d.Weight*d.Score - b.Weight*b.Score
			}
		}
	}
	slices.SortStableFunc(out, func(a, b HealthDriver) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Moved), math.Abs(a.Moved)), cmp.Compare(b.Weight*(100-b.Score), a.Weight*(100-a.Score)))
	})
	return out
}
