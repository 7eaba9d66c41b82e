package blockkit

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed emoji.tsv
var emojiTable string

// skinToneMark leads Slack's suffix for a skin tone: ":wave::skin-tone-2:".
const skinToneMark = "::skin-tone-"

// parseEmoji reads lines of "name name\tcharacters". The table holds the short names of Emoji 16.0 as Slack knows them,
// taken from emoji-datasource 16.0.0 (MIT licence, Cal Henderson).
func parseEmoji(table string) map[string]string {
	emoji := map[string]string{}
	for line := range strings.Lines(table) {
		names, chars, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		for name := range strings.FieldsSeq(names) {
			emoji[name] = chars
		}
	}
	return emoji
}

// emojiChars looks a name up, with or without a skin tone behind it.
func (r *Renderer) emojiChars(name string) (string, bool) {
	base, tone, toned := strings.Cut(name, skinToneMark)
	chars, ok := r.emoji[base]
	if !ok || !toned {
		return chars, ok
	}
	if len(tone) != 1 || tone[0] < '2' || tone[0] > '6' {
		return "", false
	}
	return chars + string(rune(0x1F3FB+int(tone[0]-'2'))), true
}

// emojiHTML draws an emoji with its name for screen readers; an unknown one stays as it was typed.
func (d *drawing) emojiHTML(name string) template.HTML {
	chars, ok := d.emojiChars(name)
	if !ok {
		return escaped(":" + name + ":")
	}
	label := template.HTMLEscapeString(strings.ReplaceAll(strings.ReplaceAll(name, "_", " "), skinToneMark, ", skin tone "))
	//nolint:gosec // the name is escaped, the characters come from the embedded table
	return template.HTML(fmt.Sprintf(`<span class="emoji" role="img" aria-label="%s" title=":%s:">%s</span>`,
		label, template.HTMLEscapeString(name), chars))
}

// emojiAt recognises ":name:" at the start of text and returns the name and its length with both colons.
func (r *Renderer) emojiAt(text string) (name string, length int, ok bool) {
	if len(text) < 3 || text[0] != ':' {
		return "", 0, false
	}
	end := 1
	for end < len(text) && end < 80 && isEmojiName(text[end]) {
		end++
	}
	if end == 1 || end == len(text) || text[end] != ':' {
		return "", 0, false
	}
	name = text[1:end]
	if strings.HasPrefix(text[end:], skinToneMark) && len(text) > end+len(skinToneMark)+1 && text[end+len(skinToneMark)+1] == ':' {
		toned := text[1 : end+len(skinToneMark)+1]
		if _, ok := r.emojiChars(toned); ok {
			return toned, len(toned) + 2, true
		}
	}
	_, ok = r.emojiChars(name)
	return name, end + 1, ok
}

func isEmojiName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_+-'", c) >= 0
}
