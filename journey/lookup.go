package journey

// MatchHow says how a query found an account.
type MatchHow string

// How a query matched, best first. Exact kinds settle the question when they name one account;
// MatchSpelling is only ever offered, never assumed.
const (
	MatchID       MatchHow = "id"
	MatchName     MatchHow = "name"
	MatchDomain   MatchHow = "domain"
	MatchAlias    MatchHow = "alias"
	MatchCRM      MatchHow = "crm"
	MatchPrefix   MatchHow = "prefix"
	MatchSpelling MatchHow = "spelling"
)

// Match is an account that a query may have meant.
type Match struct {
	AccountID string
	Name      string
	How       MatchHow
	Score     float64 // 0–1, similarity for MatchSpelling, 1 for the exact kinds
}

// Lookup is the answer to "which account did the person mean".
type Lookup struct {
	Query   string
	Matches []Match // best first, at most 10; all of the same How unless it is MatchPrefix or MatchSpelling
}

// Sure returns the one account that was certainly meant: a single match that is not a guess at the spelling.
func (l Lookup) Sure() (Match, bool) {
	if len(l.Matches) == 1 && l.Matches[0].How != MatchSpelling {
		return l.Matches[0], true
	}
	return Match{}, false
}
