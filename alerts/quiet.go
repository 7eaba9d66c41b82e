package alerts

// quieting is one reason not to show a new alert, or one that gets worse: false when it does not apply.
type quieting func(in intake, a Alert, v verdict) (Hold, bool)

// quietings are all reasons, in the order in which they are asked: the first that applies holds the alert.
var quietings = []quieting{muted, settles, lateSource, tooOld, flaps, quietHours, throttled, digestOnly}

// quieten holds an alert that should not be shown now. It comes before the alert's channels are added.
func (in intake) quieten(c *change) {
	for _, holds := range quietings {
		if h, ok := holds(in, c.a, *c.sig); ok {
			c.hold(h)
			return
		}
	}
}

func muted(intake, Alert, verdict) (Hold, bool)      { return Hold{}, false }
func tooOld(intake, Alert, verdict) (Hold, bool)     { return Hold{}, false }
func flaps(intake, Alert, verdict) (Hold, bool)      { return Hold{}, false }
func quietHours(intake, Alert, verdict) (Hold, bool) { return Hold{}, false }
func throttled(intake, Alert, verdict) (Hold, bool)  { return Hold{}, false }
func digestOnly(intake, Alert, verdict) (Hold, bool) { return Hold{}, false }
