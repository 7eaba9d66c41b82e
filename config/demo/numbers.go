package demo

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

// KPIs are the numbers that every account has.
var KPIs = []string{"active_users", "seats_used", "searches", "exports", "nps", "tickets_open"}

// numbers are one event for each account and day.
func numbers(now time.Time) []Event {
	newest := now.UTC().Truncate(24 * time.Hour).Add(5*time.Hour + 10*time.Minute)
	if newest.After(now) {
		newest = newest.AddDate(0, 0, -1)
	}
	events := make([]Event, 0, Days*len(accounts))
	for ago := Days - 1; ago >= 0; ago-- {
		at := newest.AddDate(0, 0, -ago)
		for _, a := range accounts {
			values := fields{}
			for _, name := range KPIs {
				values[name] = a.value(name, ago, at)
			}
			if a.id == metered {
				values["api_calls"] = apiCalls(ago)
			}
			data := fields{"kpis": values, "at": at.Format(time.RFC3339)}
			events = append(events, told{"growth.kpi.reported", a.id, data}.event("kpi/"+a.id+"/"+at.Format(time.DateOnly), at))
		}
	}
	return events
}

// value is a KPI of the account some days ago.
func (a account) value(name string, ago int, at time.Time) int {
	usage := float64(a.users) * a.trend.factor(ago)
	chance := a.chance(name, at)
	busy := 1.0
	if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
		busy = 0.35
	}
	switch name {
	case "active_users":
		return min(atLeast(0, usage*(1+0.04*chance)), a.seats)
	case "seats_used":
		return min(atLeast(1, usage*1.08+1), a.seats)
	case "searches":
		return atLeast(0, usage*7*busy*(1+0.15*chance))
	case "exports":
		return atLeast(0, usage*0.9*busy*(1+0.3*chance))
	case "nps":
		return min(atLeast(0, float64(a.nps)*a.trend.mood(ago)), 10)
	default: // tickets_open
		return atLeast(0, a.troubles(ago)+0.8*chance)
	}
}

// chance is between -1 and 1, the same whenever the day is asked for.
func (a account) chance(name string, at time.Time) float64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(a.id + "/" + name))
	return rand.New(rand.NewPCG(hash.Sum64(), uint64(at.Unix()/86400))).Float64()*2 - 1 //nolint:gosec // numbers of a demo
}

// factor is usage some days ago against today's.
func (t trend) factor(ago int) float64 {
	days := float64(ago)
	switch t {
	case growing:
		return 1 - 0.004*days
	case sliding:
		return 1 + 0.4*math.Min(days, 45)/45
	case falling:
		return 1 + 1.16*math.Min(days, 8)/8
	}
	return 1
}

// mood is NPS some days ago against today's.
func (t trend) mood(ago int) float64 {
	switch {
	case t == falling && ago > 10:
		return 2
	case t == sliding && ago > 30:
		return 1.3
	}
	return 1
}

// troubles is how many tickets are open, on average.
func (a account) troubles(ago int) float64 {
	switch a.trend {
	case falling:
		return 4 - math.Min(float64(ago), 12)/4
	case sliding:
		return 2.4 - math.Min(float64(ago), 45)/30
	}
	return 0.8
}

func atLeast(least int, value float64) int { return max(least, int(math.Round(value))) }

// The account whose API calls are counted towards a limit: 32,500 a day for two weeks, in a period that began 24 days ago.
const (
	metered      = "initech"
	callsNow     = 902_400
	callsLimit   = 1_000_000
	callsADay    = 32_500
	periodBegan  = 24 // days ago
	periodEndsIn = 7  // days
)

// apiCalls counts up since the period began.
func apiCalls(ago int) int {
	if ago < periodBegan {
		return max(callsNow-callsADay*ago, 0)
	}
	return 640_000 - 20_000*((ago-periodBegan)%30)
}
