package cards

import (
	"net/url"
	"strings"

	"journeybot/alerts"
)

// maxMailto is the longest mail link in bytes that every mail program takes.
const maxMailto = 1900

// mailLink opens a draft in the reader's mail program. whole is false when the text does not fit into a link: then it is left out.
func mailLink(d alerts.Draft) (link mrkdwn, whole bool) {
	address := mailto(d)
	if whole = len(address) <= maxMailto; !whole {
		d.Body = ""
		address = mailto(d)
	}
	return mrkdwn("<" + address + "|Open in mail>"), whole
}

func mailto(d alerts.Draft) string {
	escape := func(text string) string {
		return strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(text, "\n", "\r\n")), "+", "%20")
	}
	to := ""
	if alerts.IsAddress(d.To) {
		to = strings.ReplaceAll(escape(d.To), "%40", "@")
	}
	var query []string
	for _, part := range []struct{ name, text string }{{"subject", d.Subject}, {"body", d.Body}} {
		if part.text != "" {
			query = append(query, part.name+"="+escape(part.text))
		}
	}
	if len(query) == 0 {
		return "mailto:" + to
	}
	return "mailto:" + to + "?" + strings.Join(query, "&amp;")
}
