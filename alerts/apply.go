package alerts

import (
	"errors"
	"time"
)

// Apply decides one input on one alert: a row of the transition table. It changes nothing itself; a refusal is one of the
// package's errors, and an input that changes nothing gives a Result with Changed false.
func (r *Rules) Apply(a Alert, in Input, now time.Time) (Result, error) {
	return Result{}, errors.New("not built")
}

// Ingest decides one event on the working set and records what changed. It never fails: what an event can get
// wrong was refused when it was decoded.
func (r *Rules) Ingest(ws *WorkingSet, ev Event, now time.Time) EventResult {
	return ResultStored
}
