package config

// nearest returns the candidate with the fewest edits from word, if that is at most limit.
func nearest(word string, candidates []string, limit int) (string, bool) {
	best, found := "", false
	for _, candidate := range candidates {
		if edits := distance(word, candidate); edits <= limit {
			best, limit, found = candidate, edits-1, true
		}
	}
	return best, found
}

// distance counts the edits between two texts: insert, delete, replace, or swap two neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			row[j+1] = min(last[j+1], row[j]) + 1
			if x[i] == y[j] {
				row[j+1] = min(row[j+1], last[j])
			} else {
				row[j+1] = min(row[j+1], last[j]+1)
			}
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
