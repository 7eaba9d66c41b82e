package journey

// HealthState is a derived health.
type HealthState struct {
	Colour  Health
	Score   float64
	Drivers []HealthDriver // all known measures, in the map's order
}

// HealthDriver is how much one measure contributes.
type HealthDriver struct {
	Measure string
	Value   float64
	From    float64 // the value before; the same when it did not move or was not known
	Score   float64 // 0–100
	Weight  float64 // share of the whole, 0–1, after missing measures' weights are shared out
	Moved   float64 // points of the whole score that it moved
}
