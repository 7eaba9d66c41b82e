package storage

import "strings"

// leastLikeness is from where on a key is worth asking "did you mean".
const leastLikeness = 0.6

// spelled compares what was typed with keys, both folded.
type spelled string

// likeness is 1 for the same text and falls with every letter that is missing, too many, wrong or swapped with its
// neighbour. A key may go on after as many words as were typed: "acmee" is like "acme corp".
func (typed spelled) likeness(key string) float64 {
	best := similarity(string(typed), key)
	words := strings.Fields(key)
	if n := len(strings.Fields(string(typed))); n < len(words) {
		// A little less than the whole: the rest of the name was not typed.
		best = max(best, 0.98*similarity(string(typed), strings.Join(words[:n], " ")))
	}
	return best
}

func similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	longest := max(len(x), len(y))
	if longest == 0 || 2*min(len(x), len(y)) < longest {
		return 0 // at best half would be alike
	}
	return 1 - float64(distance(x, y))/float64(longest)
}

// distance counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
