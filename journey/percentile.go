package journey

import "slices"

// Percentile is the smallest of the values that p percent of all do not exceed (nearest rank), such as the median with 50; -1 without
// any. The values keep their order.
func Percentile[T ~int | ~int64](values []T, p int) T {
	if len(values) == 0 {
		return -1
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max((p*len(sorted)+99)/100-1, 0)]
}
