package journey

// Truth is what a rule comes to: no, unknown or yes, in this order.
type Truth int8

// The values of a rule.
const (
	No      Truth = -1
	Unknown Truth = 0
	Yes     Truth = 1
)

// Term is one comparison of a rule: how much there is and how much is needed.
type Term struct {
	Label  string // what people call it: searches
	Reads  Need
	Op     string  // >=, >, <=, <, ==, !=
	Have   float64 // meaningless unless Known
	Known  bool
	Need   float64
	Text   string // instead of Have and Need, for terms that compare texts or states, as the rule was written
	Truth  Truth
	OneOf  int  // 0: the term itself is needed; else any term with the same number does
	Action bool // more of it makes it true
}
