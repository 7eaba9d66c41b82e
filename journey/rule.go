package journey

// Rule is a compiled condition over an account's history. It is safe for concurrent use.
type Rule struct{ source string }

// Formula is a compiled number over an account's history. It is safe for concurrent use.
type Formula struct{ source string }
