// Package blockkit draws Slack's Block Kit JSON as HTML, the way a person reads it in Slack.
//
// It works on raw JSON and knows no Slack library: every object is looked up by its type among the embedded
// templates, and what has no template or the wrong shape is shown as a visible box with its JSON, never dropped.
// All text comes from outside, so html/template escapes it and links lead to http, https or mailto only.
//
// Interactive elements carry data-block, data-action and data-type attributes; the page's scripts send what a
// person does with them. The package neither sends nor stores anything.
package blockkit

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// maxDepth bounds how deeply objects may nest; Slack's own blocks need six levels.
const maxDepth = 12

// Reader is the person a message is drawn for. Its zero value reads in UTC and knows nobody: ids then show as they are.
type Reader struct {
	// ID is the person's user id; mentions of it stand out.
	ID string
	// Location is the time zone of dates; nil means UTC.
	Location *time.Location
	// Now is the moment that "today" and "3 hours ago" refer to.
	Now time.Time
	// User, Channel and Group return the name behind an id, or "". Nil functions know no names.
	User, Channel, Group func(id string) string
	// ChannelURL returns the page's own address of a channel, or "" for no link.
	ChannelURL func(id string) string
	// FileURL returns the address of an uploaded file, or "".
	FileURL func(id string) string
}

func (r Reader) name(lookup func(string) string, id, fallback string) string {
	if lookup != nil {
		if name := lookup(id); name != "" {
			return name
		}
	}
	if fallback != "" {
		return fallback
	}
	return id
}

func (r Reader) location() *time.Location {
	if r.Location == nil {
		return time.UTC
	}
	return r.Location
}

// Renderer turns Block Kit JSON into HTML. Safe for concurrent use.
type Renderer struct {
	templates *template.Template
	emoji     map[string]string
}

// New parses the embedded templates and the emoji table.
func New() *Renderer {
	templates := template.Must(template.ParseFS(templateFiles, "templates/*.html"))
	return &Renderer{templates: templates, emoji: parseEmoji(emojiTable)}
}

// Blocks draws a JSON array of blocks. Anything else in raw is shown as a box with its JSON; empty or null draws nothing.
func (r *Renderer) Blocks(reader Reader, raw json.RawMessage) template.HTML {
	return r.draw(reader).list("block", "", raw)
}

// Mrkdwn draws Slack's mrkdwn text, as in a message's text field.
func (r *Renderer) Mrkdwn(reader Reader, text string) template.HTML {
	return mrkdwn{draw: r.draw(reader), autolink: true}.html(text)
}

// Text draws a text object, or a plain JSON string, such as a view's title.
func (r *Renderer) Text(reader Reader, raw json.RawMessage) template.HTML {
	return r.draw(reader).one("text", "", raw)
}

// Options draws the entries of a menu from a JSON array of option objects.
func (r *Renderer) Options(reader Reader, raw json.RawMessage) template.HTML {
	return r.draw(reader).list("option", "", raw)
}

// Emoji returns the characters of an emoji by its name without colons, or ":name:" when there is none.
func (r *Renderer) Emoji(name string) string {
	if chars, ok := r.emojiChars(name); ok {
		return chars
	}
	return ":" + name + ":"
}

// PlainText cuts Block Kit or mrkdwn text down to what a notification would read out.
func (r *Renderer) PlainText(reader Reader, text string) string {
	return mrkdwn{draw: r.draw(reader)}.plain(text)
}

func (r *Renderer) draw(reader Reader) *drawing {
	return &drawing{Renderer: r, reader: reader}
}

// drawing is one pass over one message for one reader.
type drawing struct {
	*Renderer
	reader Reader
	depth  int
	label  string // of the input block being drawn
}

// list draws every member of a JSON array.
func (d *drawing) list(family, blockID string, raw json.RawMessage) template.HTML {
	if isNothing(raw) {
		return ""
	}
	var members []json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return d.unknown(raw, "not a list")
	}
	var out bytes.Buffer
	for _, member := range members {
		out.WriteString(string(d.one(family, blockID, member)))
	}
	return template.HTML(out.String()) //nolint:gosec // joined from pieces that html/template escaped
}

// one draws an object with the template of its family and type.
func (d *drawing) one(family, blockID string, raw json.RawMessage) template.HTML {
	if isNothing(raw) {
		return ""
	}
	if family == "text" && raw[0] == '"' {
		return d.plainString(raw)
	}
	if d.depth >= maxDepth {
		return d.unknown(raw, "nested too deeply")
	}
	node := Node{draw: d, label: d.label}
	if err := json.Unmarshal(raw, &node); err != nil {
		return d.unknown(raw, "malformed")
	}
	if node.BlockID == "" {
		node.BlockID = blockID
	}
	name := family + "/" + node.Type
	if family == "option" {
		name = "option"
	}
	if d.templates.Lookup(name) == nil {
		return d.unknown(raw, node.Type)
	}
	d.depth++
	defer func() { d.depth-- }()
	var out bytes.Buffer
	if err := d.templates.ExecuteTemplate(&out, name, node); err != nil {
		return d.unknown(raw, node.Type)
	}
	return template.HTML(out.String()) //nolint:gosec // html/template wrote it
}

// unknown shows what could not be drawn, so that nobody wonders where a block went.
func (d *drawing) unknown(raw json.RawMessage, kind string) template.HTML {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		pretty.Reset()
		pretty.Write(raw)
	}
	var out bytes.Buffer
	err := d.templates.ExecuteTemplate(&out, "unknown", map[string]string{"Kind": kind, "JSON": pretty.String()})
	if err != nil {
		return ""
	}
	return template.HTML(out.String()) //nolint:gosec // html/template wrote it
}

func (d *drawing) plainString(raw json.RawMessage) template.HTML {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return d.unknown(raw, "malformed")
	}
	return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
}

func isNothing(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null"))
}
