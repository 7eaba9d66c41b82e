package alerts

import (
	"net/url"
	"strings"
)

// RenderURL fills the template of a web address in. What comes from the account and the alert is escaped, so that it can't change where the
// address leads; only what stands at the very beginning is taken as it is, for it is the address.
func (t *Text) RenderURL(v View, r *Rules) string {
	if t == nil {
		return ""
	}
	if r == nil {
		r = &Rules{}
	}
	funcs := textFuncs(v, r)
	whole := strings.HasPrefix(t.source, "{{")
	funcs["show"] = func(word string, v any) string {
		text := r.show(word, v)
		if whole {
			whole = false
			return text
		}
		return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	}
	return t.run(funcs, v, r)
}
