package journey

import (
	"math"
	"time"
)

// sparkWidth is how many bars a sparkline has: enough for a trend, few enough for a phone.
const sparkWidth = 8

// Sparkline draws points, oldest first, in eight bars of equal spans of time, such as "▇▇▆▅▃▂▁▁"; a span without points repeats the one
// before. It is "" for fewer than two points.
func Sparkline(points []Point) string {
	if len(points) < 2 {
		return ""
	}
	first, last := points[0].At, points[len(points)-1].At
	low, high := points[0].Value, points[0].Value
	for _, p := range points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	values := make([]float64, sparkWidth)
	next, value := 0, points[0].Value
	for i := range values {
		end := first.Add(last.Sub(first) / sparkWidth * time.Duration(i+1))
		for next < len(points) && (i == sparkWidth-1 || !points[next].At.After(end)) {
			value = points[next].Value
			next++
		}
		values[i] = value
	}
	return bars(values, low, high)
}

func bars(values []float64, low, high float64) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	drawn := make([]rune, len(values))
	for i, v := range values {
		level := (v - low) / (high - low) * float64(len(levels)-1)
		if math.IsNaN(level) || math.IsInf(level, 0) {
			level = float64(len(levels)) / 2
		}
		drawn[i] = levels[min(max(int(math.Round(level)), 0), len(levels)-1)]
	}
	return string(drawn)
}
