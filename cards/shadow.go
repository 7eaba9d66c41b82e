package cards

import "github.com/slack-go/slack"

// InShadow marks a drawing with where it would have gone: a channel or a person, as people read it.
func InShadow(d Drawing, to string) Drawing {
	name := outside(to, nameWidth)
	said := esc("Dry run: would have gone to " + name)
	if len(to) > 0 && to[0] == '@' {
		said = esc("Dry run: would have been a direct message to " + name)
	}
	mark := slack.NewContextBlock("shadow", markdown("🧪 "+said))
	if len(d.Blocks) == 0 {
		d.Blocks = []slack.Block{slack.NewSectionBlock(markdown(mrkdwn(d.Text)), nil, nil)}
	}
	d.Blocks = append([]slack.Block{mark}, d.Blocks[:min(len(d.Blocks), maxBlocks-1)]...)
	d.Text = shorten(string(said)+": "+d.Text, maxText, oneToken)
	return d
}

// Escaped makes text from outside harmless in mrkdwn: one line, with nothing in it that Slack reads as a mark.
func Escaped(text string) string { return string(esc(outside(text, nameWidth))) }
