package journey

import "time"

// Point is one reported value of a KPI.
type Point struct {
	At    time.Time
	Value float64
}

// Series is the history of one KPI of one account, oldest point first.
type Series struct {
	Name   string
	Points []Point
}
