package alerts

import (
	"slices"
	"strings"
	"time"
)

// Unmute shows what a mute has held in the working set: the mute has ended.
func (r *Rules) Unmute(ws *WorkingSet, mute string, by Actor, now time.Time) {
	var held []*Alert
	for _, a := range ws.Live {
		if a.Hold.Reason == HoldMute && a.Hold.By == mute {
			held = append(held, a)
		}
	}
	slices.SortFunc(held, func(a, b *Alert) int { return strings.Compare(a.ID, b.ID) })
	for _, a := range held {
		c := r.begin(*a, Input{By: by, Origin: "unmute"}, now)
		_ = c.release() // never fails
		ws.record(c.result())
		ws.Live[a.Key] = &c.a
	}
}
