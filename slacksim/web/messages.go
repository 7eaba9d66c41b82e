package web

import (
	"cmp"
	"encoding/json"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"journeybot/slacksim"
)

// groupWithin is how close two messages of one sender must be for the second to go without a head of its own.
const groupWithin = 5 * time.Minute

// message is one message, ready to be shown.
type message struct {
	Key, Channel, TS, ThreadURL string
	Sender                      string
	SenderID                    string
	Avatar                      avatar
	Emoji                       string // instead of the avatar
	App                         bool
	Clock, Full, ISO            string
	Day                         string // set on the first message of a day
	New                         bool   // the first unread one
	Continued                   bool
	Ephemeral, Edited, System   bool
	Frozen                      bool
	Status                      *said  // of the sender
	Mark                        string // what kind of sender, "" for the usual
	Slackbot                    bool
	Command, CommandBy          string
	Body                        template.HTML
	Attachments                 []attachment
	Files                       []picture
	Reactions                   []reaction
	Replies                     int
	ReplyAvatars                []avatar
	LastReply                   string
	Quick                       []reaction
	Shortcuts                   []slacksim.Shortcut
}

// quickReactions are offered beside every message.
var quickReactions = []string{"eyes", "white_check_mark", "+1"}

type attachment struct {
	Color, Title, TitleURL, Footer string
	Pretext, Text, Blocks          template.HTML
	Fields                         []attachmentField
}

type attachmentField struct {
	Title string
	Value template.HTML
	Short bool
}

type picture struct {
	Name, Alt, URL string
	Size           string
	Picture        bool
}

type reaction struct {
	Name, Emoji, Who string
	Count            int
	Mine             bool
}

// messages draws posts for user, oldest first. What is newer than the ts lastRead is new.
func (p *page) messages(user slacksim.User, here slacksim.Conversation, posts []slacksim.Message, lastRead string) []message {
	out := make([]message, 0, len(posts))
	zone, now := location(user), p.config.Now()
	marked := false
	for i, post := range posts {
		at := tsTime(post.TS).In(zone)
		drawn := p.message(user, here, post)
		drawn.Clock, drawn.Full, drawn.ISO = at.Format("15:04"), at.Format("Monday, 2 January 2006 at 15:04:05"), at.Format(time.RFC3339)
		if i == 0 || !sameDay(tsTime(posts[i-1].TS).In(zone), at) {
			drawn.Day = dayName(at, now.In(zone))
		}
		if !marked && post.TS > lastRead && post.User != user.ID && !post.Ephemeral {
			drawn.New, marked = true, true
		}
		if i > 0 && drawn.Day == "" && !drawn.New {
			drawn.Continued = continues(posts[i-1], post)
		}
		out = append(out, drawn)
	}
	return out
}

// continues tells whether post goes without a head: a card of an app never does.
func continues(before, post slacksim.Message) bool {
	return before.User == post.User && (post.BotID == "" || !hasBlocks(post.Blocks)) && before.Username == post.Username && before.Ephemeral == post.Ephemeral && post.Command == "" &&
		post.Subtype == before.Subtype && tsTime(post.TS).Sub(tsTime(before.TS)) < groupWithin
}

func (p *page) message(user slacksim.User, here slacksim.Conversation, post slacksim.Message) message {
	reader := p.reader(user)
	sender := p.sender(post)
	out := message{
		Key: "message-" + post.TS, Channel: post.Channel, TS: post.TS, ThreadURL: p.placeURL(user, here) + "/" + cmp.Or(post.ThreadTS, post.TS),
		Sender: sender, SenderID: post.User, App: post.BotID != "", Avatar: p.avatar(post.User, sender),
		Ephemeral: post.Ephemeral, Frozen: post.Frozen, Edited: post.EditedTS != "", System: strings.HasPrefix(post.Subtype, "channel_"),
		Command: post.Command, Replies: post.ReplyCount, Slackbot: post.User == "USLACKBOT",
	}
	if author, ok := p.sim.User(post.User); ok {
		out.Status, out.Mark = p.status(author), accountOf(author).Mark
	}
	if post.IconEmoji != "" {
		out.Emoji = p.blocks.Emoji(strings.Trim(post.IconEmoji, ":"))
	}
	out.Body = p.blocks.Mrkdwn(reader, post.Text)
	if post.BotID != "" && hasBlocks(post.Blocks) { // what a person types reads as mrkdwn, with emoji
		out.Body = p.blocks.Blocks(reader, post.Blocks)
	}
	out.Attachments = p.attachments(user, post.Attachments)
	for _, file := range post.Files {
		out.Files = append(out.Files, picture{
			Name: cmp.Or(file.Title, file.Name), Alt: cmp.Or(file.AltText, file.Title, file.Name), URL: "/page/files/" + file.ID,
			Size: sizeName(file.Size), Picture: isPicture(file),
		})
	}
	for _, r := range post.Reactions {
		out.Reactions = append(out.Reactions, reaction{
			Name: r.Name, Emoji: p.blocks.Emoji(r.Name), Count: r.Count, Mine: slices.Contains(r.Users, user.ID), Who: p.names(r.Users),
		})
	}
	for _, id := range post.ReplyUsers {
		if len(out.ReplyAvatars) < 4 {
			out.ReplyAvatars = append(out.ReplyAvatars, p.avatar(id, p.userName(id)))
		}
	}
	if post.LatestReply != "" {
		out.LastReply = tsTime(post.LatestReply).In(location(user)).Format("15:04")
	}
	for _, name := range quickReactions {
		out.Quick = append(out.Quick, reaction{Name: name, Emoji: p.blocks.Emoji(name)})
	}
	for _, s := range p.sim.Shortcuts() {
		if s.Message {
			out.Shortcuts = append(out.Shortcuts, s)
		}
	}
	return out
}

func (p *page) sender(post slacksim.Message) string {
	if post.User == "USLACKBOT" {
		return "Slackbot"
	}
	return cmp.Or(post.Username, p.userName(post.User), post.User)
}

func (p *page) names(ids []string) string {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, cmp.Or(p.userName(id), id))
	}
	return strings.Join(names, ", ")
}

// attachments draws the older kind of rich message.
func (p *page) attachments(user slacksim.User, raw json.RawMessage) []attachment {
	var members []struct {
		Color, Pretext, Title, Text, Footer, Fallback string
		TitleLink                                     string `json:"title_link"`
		Blocks                                        json.RawMessage
		Fields                                        []struct {
			Title, Value string
			Short        bool
		}
	}
	if len(raw) == 0 || json.Unmarshal(raw, &members) != nil {
		return nil
	}
	reader := p.reader(user)
	var out []attachment
	for _, m := range members {
		drawn := attachment{
			Color: colorOf(m.Color), Title: m.Title, TitleURL: m.TitleLink, Footer: m.Footer, Pretext: p.blocks.Mrkdwn(reader, m.Pretext),
			Text: p.blocks.Mrkdwn(reader, m.Text), Blocks: p.blocks.Blocks(reader, m.Blocks),
		}
		for _, f := range m.Fields {
			drawn.Fields = append(drawn.Fields, attachmentField{f.Title, p.blocks.Mrkdwn(reader, f.Value), f.Short})
		}
		out = append(out, drawn)
	}
	return out
}

// colorOf reads Slack's colour of an attachment: one of three words, or six hexadecimal digits.
func colorOf(name string) string {
	if named, ok := map[string]string{"good": "#2eb67d", "warning": "#d99a00", "danger": "#e01e5a"}[name]; ok {
		return named
	}
	if hex := strings.TrimPrefix(name, "#"); len(hex) == 6 && strings.Trim(hex, "0123456789abcdefABCDEF") == "" {
		return "#" + hex
	}
	return ""
}

func hasBlocks(raw json.RawMessage) bool {
	var blocks []json.RawMessage
	return len(raw) > 0 && (json.Unmarshal(raw, &blocks) != nil || len(blocks) > 0)
}

func isPicture(file slacksim.File) bool { return strings.HasPrefix(file.Mimetype, "image/") }

func sizeName(bytes int) string {
	if bytes < 1024 {
		return strconv.Itoa(bytes) + " B"
	}
	if bytes < 1<<20 {
		return strconv.Itoa(bytes/1024) + " kB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}

// tsTime is the moment in a message's ts, 1700000000.000100.
func tsTime(ts string) time.Time {
	seconds, fraction, _ := strings.Cut(ts, ".")
	whole, _ := strconv.ParseInt(seconds, 10, 64) // a wrong ts is shown as 1970
	micros, _ := strconv.ParseInt(fraction, 10, 64)
	return time.Unix(whole, micros*1000)
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

func dayName(at, now time.Time) string {
	switch {
	case sameDay(at, now):
		return "Today"
	case sameDay(at, now.AddDate(0, 0, -1)):
		return "Yesterday"
	case at.Year() == now.Year():
		return at.Format("Monday, 2 January")
	}
	return at.Format("Monday, 2 January 2006")
}
